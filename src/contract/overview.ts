import { z } from 'zod'
import { estimate, procedure, query, timestamp } from './base.ts'
import { jobRef } from './jobs.ts'
import { pairFilter, quadrant } from './pairs.ts'
import { modelProvenance, proxyKind, scanInput } from './proxies.ts'
import { BASELINES, DIMENSIONS, NEXT_ACTIONS, SUBJECTS, VERDICT_LEVELS } from '../core/vocabulary.ts'

/** Baselines, rules that look at no word. `frequent`: the response that was chosen more often than not for pairs of other groups wins; never seen counts one half. */
const baselines = z.object({ longest: estimate, shortest: estimate, frequent: estimate })

/** What predicts labels without an image. `pValue` is one-sided against 50%, `adjusted` after Holm over all four; `leaks` where that is at most 0.05 and the interval above 50%. */
export const prediction = z.object({
  by: z.enum(['proxy', ...BASELINES]),
  accuracy: estimate,
  pValue: z.number(),
  adjusted: z.number(),
  leaks: z.boolean(),
})

const level = z.enum(VERDICT_LEVELS)

/** A rule beside the proxy on the same pairs: accuracy of the proxy less that of the rule, and the p-value of "it is not above zero". */
const advantage = z.object({ over: z.enum(BASELINES), difference: estimate, pValue: z.number() })

export const sliceDimension = z.enum(DIMENSIONS)
export type SliceDimension = z.infer<typeof sliceDimension>

/** The blind test on some of the pairs. `adjusted`: the p-value after Holm over all rows of the table, for many are looked at. */
export const sliceRow = z.object({
  dimension: sliceDimension,
  value: z.string(),
  pairs: z.number().int(),
  groups: z.number().int(),
  blindAccuracy: estimate,
  pValue: z.number(),
  adjusted: z.number(),
  /** The same pairs in the list; null where no filter says it. */
  filter: pairFilter.nullable(),
})
export type SliceRow = z.infer<typeof sliceRow>

/** Held-out accuracy of the proxy fitted on some of the groups that it may see. */
export const curvePoint = z.object({ trainPairs: z.number().int(), accuracy: estimate })
export type CurvePoint = z.infer<typeof curvePoint>

/** Pairs by how sure the proxy is, sigmoid(|margin|) from 0.5 to 1, and how often it is right there. `ece`: expected calibration error. */
export const calibration = z.object({
  bins: z.array(z.object({ low: z.number(), high: z.number(), pairs: z.number().int(), confidence: z.number(), accuracy: z.number() })),
  ece: estimate,
})

/** Two proxies on the pairs that both scored with their present texts. */
export const agreement = z.object({
  scanId: z.number().int(),
  proxy: proxyKind,
  model: modelProvenance.nullable(),
  pairs: z.number().int(),
  blindAccuracy: estimate,
  /** Share of pairs on which both are right or both are wrong, and what two independent ones of their accuracies would have. */
  agree: estimate,
  expected: z.number(),
  spearman: estimate.nullable(),
})
export type Agreement = z.infer<typeof agreement>

/** Pairs in cells of (text loss, mm loss), which are where softplus(-margin) of the bounds lies; null before any MM-RM has scored a pair. */
export const scatter = z.object({
  /** Bounds of the cells in nats, ascending, from 0; losses above the last lie in the last cell. */
  edges: z.array(z.number()),
  /** Only cells with pairs; `x` counts along text loss, `y` along mm loss. */
  cells: z.array(z.object({ x: z.number().int(), y: z.number().int(), pairs: z.number().int() })),
  pairs: z.number().int(),
})

export const nextStep = z.object({
  action: z.enum(NEXT_ACTIONS),
  text: z.string(),
})
export type NextStep = z.infer<typeof nextStep>

export const suspectSummary = z.object({
  /** Estimated share and number of wrong labels among the scored pairs, with the 95% interval over groups. */
  share: estimate,
  wrong: estimate,
  /** Pairs whose label is more probably wrong than right, and those of them with which neither model agrees. */
  listed: z.number().int(),
  neither: z.number().int(),
})

/** How much the blind test moves with other folds; the data and everything else stay the same. */
export const stability = z.object({
  seeds: z.array(z.object({ seed: z.number().int(), blindAccuracy: estimate, level })),
  pairs: z.number().int(),
  /** Spearman correlation of the text margins of every two seeds: mean and worst. */
  rank: z.object({ mean: z.number(), worst: z.number() }),
  /** Of the tenth with the largest text margins by one seed, the share that another one has in its own, over every two seeds. */
  topTenth: z.object({ mean: z.number(), worst: z.number() }),
  /** Share of pairs on which all seeds agree whether the proxy is right. */
  sameSide: z.number(),
  /** One sentence in plain words. */
  sentence: z.string(),
})
export type Stability = z.infer<typeof stability>

/** How many seeds in all, that of the blind test among them. */
export const stabilityInput = z.object({ seeds: z.number().int().min(2).max(20).default(5) })

export const topFeature = z.object({
  /** As people read it: the n-gram itself, or the name of an interpretable feature. */
  feature: z.string(),
  kind: z.enum(['ngram', 'style']),
  /** Weight in the Bradley-Terry model fitted on all pairs; positive favours the response that has it. */
  weight: z.number(),
  /** Share of pairs in which the feature differs between the responses. */
  coverage: z.number(),
  /** Share of those pairs in which the side it favours is the chosen one, divided by one half: 1 is chance, 2 is always. */
  lift: z.number(),
  support: z.number().int(),
  side: z.enum(['chosen', 'rejected']),
})
export type TopFeature = z.infer<typeof topFeature>

export const verdict = z.object({
  /** `none`: no prediction leaks. `strong`: the interval of one that leaks is above 75%. `too-few`: fewer than 20 groups. */
  level,
  /** One sentence in plain words. */
  sentence: z.string(),
  /** What to do next, one sentence. */
  next: z.string(),
  /** The same as steps to take, the most useful first. */
  steps: z.array(nextStep),
})

const histogramBin = z.object({ low: z.number(), high: z.number(), pairs: z.number().int() })

/** The dataset-level blind test. Rates as shares (0 to 1), intervals by bootstrap over groups. */
export const report = z.object({
  project: z.string(),
  pairs: z.number().int(),
  /** Pairs with a current held-out score: not discarded, not tied, not stale. */
  scored: z.number().int(),
  stale: z.number().int(),
  /** Stale pairs whose group changed since they were scored: a model that scored them saw pairs of their group. */
  regrouped: z.number().int(),
  images: z.number().int(),
  /** Missing images, and how many pairs name one. */
  missing: z.object({ images: z.number().int(), pairs: z.number().int() }),
  quarantined: z.number().int(),
  /** What all but `textOnly` and the counts above is about: pairs that name an image (present or missing), or, in a dataset without any, all. */
  subject: z.enum(SUBJECTS),
  /** How many of the scored pairs these are. */
  judged: z.number().int(),
  verdict,
  /** The proxy and every baseline, the most accurate first. */
  predictions: z.array(prediction),
  /** Pairs without an image, where others have one; else null. No other figure includes them. */
  textOnly: z
    .object({
      pairs: z.number().int(),
      groups: z.number().int(),
      blindAccuracy: estimate,
      baselines,
      pValue: z.number(),
      predictions: z.array(prediction),
      level,
      /** One sentence in plain words. */
      sentence: z.string(),
    })
    .nullable(),
  blindAccuracy: estimate,
  /** Permutation test over groups against 50%. */
  pValue: z.number(),
  groups: z.number().int(),
  baselines,
  /** The proxy against each rule. */
  advantages: z.array(advantage),
  bySource: z.array(
    z.object({
      source: z.string(),
      pairs: z.number().int(),
      groups: z.number().int(),
      blindAccuracy: estimate,
      baselines,
      pValue: z.number(),
    }),
  ),
  /** Parts of the data, those of one dimension together. Parts of fewer than 10 groups are left out. */
  slices: z.array(sliceRow),
  /** Languages are detected for so many pairs, drawn by the seed. */
  languagesOf: z.number().int(),
  /** Where chosen-longer and rejected-longer pairs are equally many and matched in length difference; null where there are none. */
  lengthBalanced: z.object({ accuracy: estimate, pairs: z.number().int() }).nullable(),
  /** Fewest pairs first; the last point is the blind test itself. `leaksFrom`: pairs of the first point whose interval is above 50%. */
  learningCurve: z.object({ points: z.array(curvePoint), leaksFrom: z.number().int().nullable() }),
  calibration,
  /** Other proxies that have scored the project, beside this one. */
  agreements: z.array(agreement),
  scatter: scatter.nullable(),
  /** Between the margins of MM-RM and proxy, where the MM-RM held the pair out. */
  marginCorrelation: z.object({ pearson: estimate, spearman: estimate, pairs: z.number().int() }).nullable(),
  /** Null while no MM-RM has scored a pair: a text-only model alone does not tell a wrong label from a hard pair. */
  suspects: suspectSummary.nullable(),
  /** Null until it was asked for. */
  stability: stability.nullable(),
  /** Of the model fitted on all pairs; counted when the pairs were scored. */
  topFeatures: z.array(topFeature),
  quadrants: z.record(quadrant, z.number().int()),
  /** Pairs whose label the text alone predicts with confidence. */
  shortcutProne: z.number().int(),
  /** By the probability that the text alone gives to the label: 20 equal bins over (0, 1), from `low` to below `high`. */
  textHistogram: z.array(histogramBin),
  /** By audit SFC, likewise; null where no MM-RM or probe has scored a pair. */
  auditSfcHistogram: z.array(histogramBin).nullable(),
  provenance: z.object({
    scanId: z.number().int(),
    proxy: proxyKind,
    /** What the proxy read with; null for one that needs no model. */
    model: modelProvenance.nullable(),
    characters: z.boolean(),
    /** Share of responses in scripts without spaces between words; null where the proxy counts neither words nor characters. */
    unspaced: z.number().nullable(),
    /** Which units the proxy counts, and why, in plain words; empty where it reads whole texts. */
    units: z.string(),
    /** Where the mm margins come from, runs and probes, with how many pairs each. */
    references: z.array(z.object({ id: z.string(), pairs: z.number().int() })),
    seed: z.number().int(),
    folds: z.number().int(),
    /** Mean accuracy on the pairs each fold's model was trained on: the gap to blind accuracy is what cross-fitting removes. */
    inSampleAccuracy: z.number(),
    scoredAt: timestamp,
  }),
})
export type Report = z.infer<typeof report>

export const scan = {
  /** Starts a blind test. */
  start: procedure.input(scanInput).output(jobRef),
  /** The result of the blind test, or null before the first one. */
  report: query.output(report.nullable()),
  /** Repeats the latest blind test with other seeds; its scores stay as they are. */
  stability: procedure.input(stabilityInput).output(jobRef),
  /**
   * Saves the report as one HTML file that opens without Blindfold. `file` is an absolute path; `replace` means that the user allowed to
   * replace an existing file.
   */
  saveReport: procedure
    .input(z.object({ file: z.string().min(1), replace: z.boolean().default(false) }))
    .output(z.object({ file: z.string() })),
}
