import type { Quadrant } from './losses.ts'
import { groupAccuracy, permutationP, type Estimate } from './statistics.ts'

/** A scored pair: text margin in log-odds, `length` of chosen minus rejected in characters. */
export type ScoredRow = {
  source: string
  group: string
  margin: number
  length: number
  sfc: number
  /** Whether the SFC rests on an MM-RM's score: 1, or 0 for the prior. */
  audit: number
  quadrant: Quadrant
}

/** A feature of the proxy fitted on all pairs; see the contract's `topFeature`. */
export type ReportFeature = {
  feature: string
  kind: 'ngram' | 'style'
  weight: number
  coverage: number
  lift: number
  support: number
  side: 'chosen' | 'rejected'
}

export type ReportInputs = {
  scan: { id: number; proxy: 'lexical' | 'encoder' | 'reward-model'; seed: number; folds: number; inSampleAccuracy: number; finishedAt: string }
  counts: { pairs: number; stale: number; images: number; quarantined: number }
  features: ReportFeature[]
  scored: ScoredRow[]
}

type Baselines = { longest: Estimate; shortest: Estimate }
type BlindTest = { blindAccuracy: Estimate; baselines: Baselines; pValue: number; groups: number }

export type Verdict = { level: 'none' | 'weak' | 'strong' | 'too-few'; sentence: string; next: string }

const BINS = 20
/** Fewer groups than this cannot carry a verdict. */
const ENOUGH_GROUPS = 20
const STRONG = 0.75
/** A baseline is nearly as good where it comes within this of the proxy. */
const NEAR = 0.05

/** The blind test of a data set, but for its project's name. `inputs.scored` must not be empty. */
export function buildReport({ scan, counts, features, scored }: ReportInputs) {
  const whole = blindTest(scored, scan.seed)
  const sources = [...new Set(scored.map(({ source }) => source))].sort()
  const bySource = sources.map((source) => {
    const rows = scored.filter((row) => row.source === source)
    const { blindAccuracy, baselines, pValue } = sources.length === 1 ? whole : blindTest(rows, scan.seed)
    return { source, pairs: rows.length, blindAccuracy, baselines, pValue }
  })
  return {
    ...counts,
    scored: scored.length,
    verdict: verdictOf(whole, features[0]),
    ...whole,
    bySource,
    topFeatures: features,
    quadrants: countQuadrants(scored),
    sfcHistogram: histogram(scored),
    provenance: {
      scanId: scan.id,
      proxy: scan.proxy,
      seed: scan.seed,
      folds: scan.folds,
      inSampleAccuracy: scan.inSampleAccuracy,
      scoredAt: scan.finishedAt,
    },
  }
}

function blindTest(rows: readonly ScoredRow[], seed: number): BlindTest {
  const groups = rows.map(({ group }) => group)
  const margins = rows.map(({ margin }) => margin)
  const longest = groupAccuracy(rows.map(({ length }) => length), groups, seed)
  return {
    blindAccuracy: groupAccuracy(margins, groups, seed),
    // The other way round, pair by pair: its interval is the mirror image.
    baselines: { longest, shortest: { value: 1 - longest.value, low: 1 - longest.high, high: 1 - longest.low } },
    pValue: permutationP(margins, groups, seed),
    groups: new Set(groups).size,
  }
}

export function verdictOf({ blindAccuracy, baselines, groups }: BlindTest, top: ReportFeature | undefined): Verdict {
  const rate = `${percent(blindAccuracy.value)} (95 % interval ${percent(blindAccuracy.low)} to ${percent(blindAccuracy.high)})`
  if (groups < ENOUGH_GROUPS) {
    return {
      level: 'too-few',
      sentence: `With the image hidden, ${rate} of the labels are guessed, but ${groups} different images or prompts are too few for a verdict.`,
      next: 'Import more pairs on other images and run the blind test again.',
    }
  }
  if (blindAccuracy.low <= 0.5) {
    return {
      level: 'none',
      sentence: `No text-only shortcut found: with the image hidden, ${rate} of the labels are guessed, which chance explains.`,
      next: 'Train on it as it is; a stronger proxy may still find what this one cannot see.',
    }
  }
  const level = blindAccuracy.low > STRONG ? 'strong' : 'weak'
  const [name, best] =
    baselines.longest.value >= baselines.shortest.value ? (['longest', baselines.longest] as const) : (['shortest', baselines.shortest] as const)
  const simple =
    best.value >= blindAccuracy.value - NEAR
      ? ` “${name} wins” alone is nearly as good, with ${percent(best.value)}.`
      : top
        ? ` The strongest cue is ${describe(top)}.`
        : ''
  return {
    level,
    sentence: `This data set leaks: with the image hidden, ${rate} of the labels are guessed.${simple}`,
    next:
      level === 'strong'
        ? 'Review the pairs with the lowest SFC, even out the strongest cues, and retrain with the shortcuts discounted.'
        : 'Look at the strongest cues and the pairs with the lowest SFC, then retrain with the shortcuts discounted.',
  }
}

function describe({ feature, kind, side }: ReportFeature): string {
  const what = kind === 'ngram' ? `the words “${feature}”` : `“${feature}”`
  return `${what}, which point${kind === 'ngram' ? '' : 's'} to the ${side} response`
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`
}

function countQuadrants(rows: readonly ScoredRow[]): Record<Quadrant, number> {
  const counts = { 'text-solvable': 0, 'shortcut-only': 0, 'image-needed': 0, 'suspect-label': 0, 'text-right': 0, 'text-wrong': 0 }
  for (const { quadrant } of rows) counts[quadrant]++
  return counts
}

/** Equal bins over (0, 1); the last one holds 1, should rounding reach it. */
function histogram(rows: readonly ScoredRow[]) {
  const bins = Array.from({ length: BINS }, (_, i) => ({ low: i / BINS, high: (i + 1) / BINS, prior: 0, audit: 0 }))
  for (const { sfc, audit } of rows) {
    const bin = bins[Math.min(BINS - 1, Math.floor(sfc * BINS))]
    if (bin) bin[audit ? 'audit' : 'prior']++
  }
  return bins
}
