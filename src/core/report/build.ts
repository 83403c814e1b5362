import type { Quadrant } from '../losses.ts'
import { crossFitted, groupAccuracy, permutationP, type Estimate } from '../statistics.ts'
import type { LabelNoise } from '../suspects.ts'
import { lengthBalanced } from './balance.ts'
import { advantagesOf, baselinesOf, rulesOf, type Rules } from './baselines.ts'
import { calibrationOf } from './calibration.ts'
import { agreementOf, marginCorrelation, scatterOf, suspectSummary, type OtherScan } from './reference.ts'
import { pick, rowsWhere, type Scored } from './scored.ts'
import { slicesOf, type Membership } from './slices.ts'
import { verdictOf, type ReportFeature } from './verdict.ts'

/** The scan that is reported on. `Model` is what it says of a registered model, handed through as it is. */
export type ReportedScan<Model> = {
  id: number
  proxy: 'lexical' | 'encoder' | 'reward-model'
  model: Model
  characters: boolean
  seed: number
  folds: number
  inSampleAccuracy: number
  finishedAt: string
  /** Measured with the scan, on parts of the groups; fewest pairs first. */
  learningCurve: { trainPairs: number; accuracy: Estimate }[]
}

export type ReportInputs<Model, Filter, Stability> = {
  scan: ReportedScan<Model>
  counts: { pairs: number; stale: number; images: number; quarantined: number }
  features: ReportFeature[]
  scored: Scored
  memberships: Membership<Filter>[]
  /** The language of some rows, by place. */
  languages: ReadonlyMap<number, string>
  others: OtherScan<{ scanId: number; proxy: ReportedScan<Model>['proxy']; model: Model }>[]
  noise: LabelNoise | null
  /** Whether a probe was run, of use or not. */
  probed: boolean
  stability: Stability
}

type Drawn = { seed: number; folds: number }

const HISTOGRAM_BINS = 20

/** The blind test of a data set, but for its project's name. There must be a scored pair. */
export function buildReport<Model, Filter, Stability>(inputs: ReportInputs<Model, Filter, Stability>) {
  const { scan, counts, features, scored, memberships, languages, others, noise, stability } = inputs
  const { seed } = scan
  const { numbers, places, names } = scored
  const rules = rulesOf(scored)
  const whole = blindTest(scored, rules, scan)
  const suspects = suspectSummary(scored, noise)
  const points = [...scan.learningCurve, { trainPairs: Math.round((scored.n * (scan.folds - 1)) / scan.folds), accuracy: whole.blindAccuracy }]
  const references = names.reference.map((id, place) => ({ id, pairs: places.reference.reduce((sum, at) => sum + (at === place ? 1 : 0), 0) }))
  return {
    ...counts,
    scored: scored.n,
    verdict: verdictOf({
      ...whole,
      proxy: scan.proxy,
      topFeature: features[0],
      stale: counts.stale,
      lowestTenth: Math.ceil(scored.n / 10),
      audited: references.length > 0,
      probed: inputs.probed,
      images: counts.images,
      suspects: suspects?.listed ?? 0,
      repeated: stability !== null,
    }),
    ...whole,
    advantages: advantagesOf(numbers.margin, rules, numbers.group, seed, scan.folds),
    bySource: bySource(scored, rules, whole, scan),
    slices: slicesOf(scored, memberships, languages, scan),
    languagesOf: languages.size,
    lengthBalanced: lengthBalanced(scored, scan),
    learningCurve: { points, leaksFrom: points.find(({ accuracy }) => accuracy.low > 0.5)?.trainPairs ?? null },
    calibration: calibrationOf(numbers.margin, numbers.group, seed),
    agreements: others.flatMap(({ ids, margins, ...other }) => {
      const found = agreementOf(scored, { ids, margins }, scan)
      return found ? [{ ...other, ...found }] : []
    }),
    scatter: scatterOf(scored),
    marginCorrelation: marginCorrelation(scored, seed),
    suspects,
    stability,
    topFeatures: features,
    quadrants: countQuadrants(scored),
    sfcHistogram: histogram(scored),
    provenance: {
      scanId: scan.id,
      proxy: scan.proxy,
      model: scan.model,
      characters: scan.characters,
      references,
      seed,
      folds: scan.folds,
      inSampleAccuracy: scan.inSampleAccuracy,
      scoredAt: scan.finishedAt,
    },
  }
}

function blindTest({ numbers: { margin, group } }: Scored, rules: Rules, { seed, folds }: Drawn) {
  const spread = crossFitted(folds)
  return {
    blindAccuracy: groupAccuracy(margin, group, seed, { spread }),
    baselines: baselinesOf(rules, group, seed),
    pValue: permutationP(margin, group, seed, { spread }),
    groups: new Set(group).size,
  }
}

/** The rules as they are on the whole data set: what is frequent elsewhere is no less known within a source. */
function bySource(scored: Scored, rules: Rules, whole: ReturnType<typeof blindTest>, scan: Drawn) {
  return scored.names.source.map((source, place) => {
    const rows = rowsWhere(scored.n, (i) => scored.places.source[i] === place)
    const of = (rule: Float64Array) => Float64Array.from(rows, (i) => rule[i] as number)
    const part = rows.length === scored.n ? whole : blindTest(pick(scored, rows), { longest: of(rules.longest), frequent: of(rules.frequent) }, scan)
    return { source, pairs: rows.length, blindAccuracy: part.blindAccuracy, baselines: part.baselines, pValue: part.pValue }
  })
}

function countQuadrants({ places, names }: Scored): Record<Quadrant, number> {
  const counts = { 'text-solvable': 0, 'shortcut-only': 0, 'image-needed': 0, 'suspect-label': 0, 'text-right': 0, 'text-wrong': 0 }
  for (const place of places.quadrant) counts[names.quadrant[place] as Quadrant]++
  return counts
}

/** Equal bins over (0, 1); the last one holds 1, should rounding reach it. An SFC is audited where an MM-RM scored the pair. */
function histogram({ n, numbers: { sfc, mm } }: Scored) {
  const bins = Array.from({ length: HISTOGRAM_BINS }, (_, i) => ({ low: i / HISTOGRAM_BINS, high: (i + 1) / HISTOGRAM_BINS, prior: 0, audit: 0 }))
  for (let i = 0; i < n; i++) {
    const bin = bins[Math.min(HISTOGRAM_BINS - 1, Math.floor((sfc[i] as number) * HISTOGRAM_BINS))]
    if (bin) bin[Number.isNaN(mm[i]) ? 'prior' : 'audit']++
  }
  return bins
}
