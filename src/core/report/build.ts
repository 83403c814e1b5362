import { percent } from '../format.ts'
import type { Quadrant } from '../losses.ts'
import { isShortcutProne } from '../shortcut-prone.ts'
import { crossFitted, groupAccuracy, holm, permutationP, type Estimate } from '../statistics.ts'
import type { LabelNoise } from '../suspects.ts'
import { lengthBalanced } from './balance.ts'
import { advantagesOf, baselinesOf, rulesOf, type Rules } from './baselines.ts'
import { auditBins, textBins } from './bins.ts'
import { calibrationOf } from './calibration.ts'
import { predictionsOf } from './predictors.ts'
import { agreementOf, marginCorrelation, scatterOf, suspectSummary, type OtherScan } from './reference.ts'
import { judgedRows, pick, rowsWhere, type Scored } from './scored.ts'
import { slicesOf, type Membership } from './slices.ts'
import { verdictLevel, verdictOf, wordingSentence, type ReportFeature } from './verdict.ts'
import type { ProxyKind, Subject } from '../vocabulary.ts'

/** The scan that is reported on. `Model` is what it says of a registered model, handed through as it is. */
export type ReportedScan<Model> = {
  id: number
  proxy: ProxyKind
  model: Model
  characters: boolean
  /** Share of responses in scripts without spaces between words; null where the proxy counts neither words nor characters. */
  unspaced: number | null
  seed: number
  folds: number
  inSampleAccuracy: number
  finishedAt: string
  /** Measured with the scan, on parts of the groups; fewest pairs first. */
  learningCurve: { trainPairs: number; accuracy: Estimate }[]
}

export type ReportInputs<Model, Filter, Stability> = {
  scan: ReportedScan<Model>
  /** `missing`: images that pairs name and the project lacks, and how many pairs name one. `regrouped`: stale pairs whose group changed. */
  counts: {
    pairs: number
    stale: number
    regrouped: number
    images: number
    missing: { images: number; pairs: number }
    quarantined: number
  }
  features: ReportFeature[]
  scored: Scored
  memberships: Membership<Filter>[]
  /** The language of some of the rows that the report is about, by place among all. */
  languages: ReadonlyMap<number, string>
  others: OtherScan<{ scanId: number; proxy: ReportedScan<Model>['proxy']; model: Model }>[]
  noise: LabelNoise | null
  /** Whether a probe was run, of use or not. */
  probed: boolean
  stability: Stability
}

type Drawn = { seed: number; folds: number }

/**
 * The blind test of a dataset, but for its project's name. There must be a scored pair. Everything but `textOnly` and the counts is about
 * the pairs that name an image, present or missing; pairs without one have nothing to hide and stand apart in `textOnly`. A
 * dataset without any image is judged by its wording.
 */
export function buildReport<Model, Filter, Stability>(inputs: ReportInputs<Model, Filter, Stability>) {
  const { scan, counts, features, scored, memberships, languages, others, noise, stability } = inputs
  const { seed } = scan
  const everyRule = rulesOf(scored)
  const about = judgedRows(scored)
  const mixed = about.length < scored.n
  const judged = mixed ? pick(scored, about) : scored
  const rules = mixed ? rulesAt(everyRule, about) : everyRule
  const { numbers, places, names } = judged
  const subject: Subject = (numbers.images[0] as number) > 0 ? 'images' : 'text'
  const whole = blindTest(judged, rules, scan)
  const textOnly = mixed ? wordingOf(scored, everyRule, scan) : null
  const sources = bySource(judged, rules, whole, scan)
  const shortcutProne = numbers.margin.filter(isShortcutProne).length
  const audited = numbers.auditSfc.filter((sfc) => !Number.isNaN(sfc))
  const suspects = suspectSummary(judged, noise)
  const points = [
    ...scan.learningCurve,
    { trainPairs: Math.round((scored.n * (scan.folds - 1)) / scan.folds), accuracy: whole.blindAccuracy },
  ]
  const references = names.reference
    .map((id, place) => ({ id, pairs: places.reference.reduce((sum, at) => sum + (at === place ? 1 : 0), 0) }))
    .filter(({ pairs }) => pairs > 0)
  return {
    ...counts,
    scored: scored.n,
    subject,
    judged: judged.n,
    verdict: verdictOf({
      ...whole,
      subject,
      proxy: scan.proxy,
      topFeature: features[0],
      textLeaks: textOnly?.level === 'weak' || textOnly?.level === 'strong',
      leakingSources: leakingSources(sources),
      stale: counts.stale,
      regrouped: counts.regrouped,
      shortcutProne,
      audited: references.length > 0,
      probed: inputs.probed,
      images: counts.images,
      suspects: suspects?.listed ?? 0,
      repeated: stability !== null,
    }),
    ...whole,
    textOnly,
    advantages: advantagesOf(numbers.margin, rules, numbers.group, seed, scan.folds),
    bySource: sources,
    slices: slicesOf(judged, memberships, mixed ? moved(languages, about) : languages, scan),
    languagesOf: languages.size,
    lengthBalanced: lengthBalanced(judged, scan),
    learningCurve: { points, leaksFrom: points.find(({ accuracy }) => accuracy.low > 0.5)?.trainPairs ?? null },
    calibration: calibrationOf(numbers.margin, numbers.group, seed),
    agreements: others.flatMap(({ ids, margins, ...other }) => {
      const found = agreementOf(judged, { ids, margins }, scan)
      return found ? [{ ...other, ...found }] : []
    }),
    scatter: scatterOf(judged),
    marginCorrelation: marginCorrelation(judged, seed),
    suspects,
    stability,
    topFeatures: features,
    quadrants: countQuadrants(judged),
    shortcutProne,
    textHistogram: textBins(numbers.margin),
    auditSfcHistogram: audited.length > 0 ? auditBins(audited) : null,
    provenance: {
      scanId: scan.id,
      proxy: scan.proxy,
      model: scan.model,
      characters: scan.characters,
      unspaced: scan.unspaced,
      units: unitsText(scan),
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
  const found = {
    blindAccuracy: groupAccuracy(margin, group, seed, { spread }),
    baselines: baselinesOf(rules, group, seed),
    pValue: permutationP(margin, group, seed, { spread }),
    groups: new Set(group).size,
  }
  return { ...found, predictions: predictionsOf(found, rules, group, seed) }
}

/** Pairs without an image, where others have one. */
function wordingOf(scored: Scored, rules: Rules, scan: Drawn) {
  const rows = rowsWhere(scored.n, (i) => scored.numbers.images[i] === 0)
  const found = blindTest(pick(scored, rows), rulesAt(rules, rows), scan)
  return { pairs: rows.length, ...found, level: verdictLevel(found), sentence: wordingSentence({ subject: 'text', ...found }) }
}

const rulesAt = ({ longest, frequent }: Rules, rows: Uint32Array): Rules => ({
  longest: Float64Array.from(rows, (i) => longest[i] as number),
  frequent: Float64Array.from(rows, (i) => frequent[i] as number),
})

/** What is known by place, by the places of some rows. */
function moved<Value>(known: ReadonlyMap<number, Value>, rows: Uint32Array): Map<number, Value> {
  return new Map([...rows].flatMap((row, i) => (known.has(row) ? [[i, known.get(row) as Value] as const] : [])))
}

/** Several sources are tested at once, so Holm. Few groups carry no verdict on one. */
function leakingSources(sources: ReturnType<typeof bySource>): string[] {
  const enough = sources.filter(({ groups }) => groups >= 20)
  const adjusted = holm(enough.map(({ pValue }) => pValue))
  return enough.filter(({ blindAccuracy }, i) => (adjusted[i] as number) <= 0.05 && blindAccuracy.low > 0.5).map(({ source }) => source)
}

/** Which units the proxy counts, and why; empty where it reads whole texts. */
function unitsText({ proxy, characters, unspaced }: Pick<ReportedScan<unknown>, 'proxy' | 'characters' | 'unspaced'>): string {
  if (proxy !== 'lexical') return ''
  if (characters) return 'characters, as requested'
  if (!unspaced) return 'words'
  return `words; ${percent(unspaced)} of responses are in a script without spaces, so dictionaries segment them`
}

/** The rules as they are on the whole dataset: what is frequent elsewhere is no less known within a source. */
function bySource(scored: Scored, rules: Rules, whole: ReturnType<typeof blindTest>, scan: Drawn) {
  return scored.names.source.flatMap((source, place) => {
    const rows = rowsWhere(scored.n, (i) => scored.places.source[i] === place)
    if (rows.length === 0) return []
    const part = rows.length === scored.n ? whole : blindTest(pick(scored, rows), rulesAt(rules, rows), scan)
    return [
      {
        source,
        pairs: rows.length,
        groups: part.groups,
        blindAccuracy: part.blindAccuracy,
        baselines: part.baselines,
        pValue: part.pValue,
      },
    ]
  })
}

function countQuadrants({ places, names }: Scored): Record<Quadrant, number> {
  const counts = { 'text-solvable': 0, 'shortcut-only': 0, 'image-needed': 0, 'suspect-label': 0, 'text-right': 0, 'text-wrong': 0 }
  for (const place of places.quadrant) counts[names.quadrant[place] as Quadrant]++
  return counts
}
