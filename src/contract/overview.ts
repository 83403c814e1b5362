import { z } from 'zod'
import { estimate, procedure, timestamp } from './base.ts'
import { jobRef } from './jobs.ts'
import { quadrant } from './pairs.ts'
import { proxyKind, scanInput } from './proxies.ts'

const baselines = z.object({ longest: estimate, shortest: estimate })

export const topFeature = z.object({
  /** As people read it: the n-gram itself, or the name of an interpretable feature. */
  feature: z.string(),
  kind: z.enum(['ngram', 'style']),
  /** Weight in the Bradley-Terry model fitted on all pairs; positive favours the response that has it. */
  weight: z.number(),
  /** Share of pairs in which the feature differs between the responses. */
  coverage: z.number(),
  /** Share of those pairs in which the side it favours is the chosen one, divided by one half: 2 always, 1 never better than chance. */
  lift: z.number(),
  support: z.number().int(),
  side: z.enum(['chosen', 'rejected']),
})
export type TopFeature = z.infer<typeof topFeature>

export const verdict = z.object({
  /** `none`: the interval covers 50 %. `weak`, `strong`: lower bound above 50 %, 75 %. */
  level: z.enum(['none', 'weak', 'strong', 'too-few']),
  /** One sentence in plain words. */
  sentence: z.string(),
  /** What to do next, one sentence. */
  next: z.string(),
})

/** The dataset-level blind test. Rates as shares (0 to 1), intervals by bootstrap over groups. */
export const report = z.object({
  project: z.string(),
  pairs: z.number().int(),
  /** Pairs with a current held-out score: not discarded, not tied, not stale. */
  scored: z.number().int(),
  stale: z.number().int(),
  images: z.number().int(),
  quarantined: z.number().int(),
  verdict,
  blindAccuracy: estimate,
  /** Permutation test over groups against 50 %. */
  pValue: z.number(),
  groups: z.number().int(),
  baselines,
  bySource: z.array(
    z.object({ source: z.string(), pairs: z.number().int(), blindAccuracy: estimate, baselines, pValue: z.number() }),
  ),
  topFeatures: z.array(topFeature),
  quadrants: z.record(quadrant, z.number().int()),
  /** 20 equal bins over (0, 1); `prior` and `audit` counted apart. */
  sfcHistogram: z.array(z.object({ low: z.number(), high: z.number(), prior: z.number().int(), audit: z.number().int() })),
  provenance: z.object({
    scanId: z.number().int(),
    proxy: proxyKind,
    seed: z.number().int(),
    folds: z.number().int(),
    /** Mean accuracy on the pairs each fold's model was trained on: the gap to blind accuracy is what cross-fitting removes. */
    inSampleAccuracy: z.number(),
    scoredAt: timestamp,
  }),
})
export type Report = z.infer<typeof report>

export const scan = {
  start: procedure.input(scanInput).output(jobRef),
  /** Null before the first scan. */
  report: procedure.output(report.nullable()),
}
