import { crossFitted, groupAccuracy, groupAverage, groupPearson, groupSpearman, rightness, type Estimate } from '../statistics.ts'
import { plural } from '../format.ts'
import type { LabelNoise } from '../suspects.ts'
import { EDGES, lossCell } from './loss-cells.ts'
import { PROBABLY_WRONG } from './reported.ts'
import { rowsWhere, type Scored } from './scored.ts'

export type Scatter = { edges: number[]; cells: { x: number; y: number; pairs: number }[]; pairs: number }

/** Pairs by text loss and mm loss, where an MM-RM has scored them; null where none has. */
export function scatterOf({ n, numbers: { margin, mm } }: Scored): Scatter | null {
  const counts = new Map<number, number>()
  let pairs = 0
  for (let i = 0; i < n; i++) {
    if (Number.isNaN(mm[i])) continue
    pairs++
    const cell = lossCell(margin[i] as number) * EDGES.length + lossCell(mm[i] as number)
    counts.set(cell, (counts.get(cell) ?? 0) + 1)
  }
  if (pairs === 0) return null
  const cells = [...counts]
    .sort(([a], [b]) => a - b)
    .map(([cell, pairs]) => ({ x: Math.floor(cell / EDGES.length), y: cell % EDGES.length, pairs }))
  return { edges: [...EDGES], cells, pairs }
}

/** Between the margins of MM-RM and proxy; null where no MM-RM has scored a pair, or where either says the same of all. */
export function marginCorrelation({ n, numbers }: Scored, seed: number): { pearson: Estimate; spearman: Estimate; pairs: number } | null {
  const rows = rowsWhere(n, (i) => !Number.isNaN(numbers.mm[i]))
  const [text, mm, groups] = [numbers.margin, numbers.mm, numbers.group].map((column) =>
    Float64Array.from(rows, (i) => column[i] as number),
  ) as [Float64Array, Float64Array, Float64Array]
  const pearson = rows.length === 0 ? null : groupPearson(text, mm, groups, seed)
  const spearman = rows.length === 0 ? null : groupSpearman(text, mm, groups, seed)
  return pearson && spearman && { pearson, spearman, pairs: rows.length }
}

/** Where MM-RM margins come from, without raw IDs: `the image probe (900 pairs) and 2 training runs (80 pairs)`. */
export function referencesText(references: readonly { id: string; pairs: number }[]): string {
  const part = (of: typeof references, one: string, several: string) =>
    of.length === 0
      ? []
      : [
          `${of.length === 1 ? one : `${of.length} ${several}`} (${plural(
            of.reduce((sum, { pairs }) => sum + pairs, 0),
            'pair',
          )})`,
        ]
  const probes = references.filter(({ id }) => id.startsWith('probe:'))
  const runs = references.filter(({ id }) => !id.startsWith('probe:'))
  return [...part(probes, 'the image probe', 'image probes'), ...part(runs, 'a training run', 'training runs')].join(' and ')
}

/** How many labels are probably wrong, and how many pairs are told so. */
export function suspectSummary({ n, numbers: { margin, mm, suspect } }: Scored, noise: LabelNoise | null) {
  let [judged, listed, neither] = [0, 0, 0]
  for (let i = 0; i < n; i++) {
    if (Number.isNaN(suspect[i])) continue
    judged++
    if ((suspect[i] as number) < PROBABLY_WRONG) continue
    listed++
    if ((margin[i] as number) <= 0 && (mm[i] as number) <= 0) neither++
  }
  if (!noise || judged === 0) return null
  const { value, low, high } = noise.wrong
  return { share: noise.wrong, wrong: { value: value * judged, low: low * judged, high: high * judged }, listed, neither }
}

/** Another scan's margins of the same responses: pair ids ascending, and the margins; NaN where it scored another text. */
export type OtherScan<Provenance> = Provenance & { ids: Float64Array; margins: Float64Array }

/** This proxy and another one, where both scored the pair; null where there is no such pair. */
export function agreementOf(
  { n, numbers }: Scored,
  { ids, margins }: { ids: Float64Array; margins: Float64Array },
  { seed, folds }: { seed: number; folds: number },
) {
  const other = new Map(Array.from(ids, (id, i) => [id, margins[i] as number] as const).filter(([, margin]) => !Number.isNaN(margin)))
  const rows = rowsWhere(n, (i) => other.has(numbers.id[i] as number))
  if (rows.length === 0) return null
  const mine = Float64Array.from(rows, (i) => numbers.margin[i] as number)
  const theirs = Float64Array.from(rows, (i) => other.get(numbers.id[i] as number) as number)
  const groups = Float64Array.from(rows, (i) => numbers.group[i] as number)
  const right = mine.map(rightness)
  const theirRight = theirs.map(rightness)
  const [a, b] = [right, theirRight].map((values) => values.reduce((sum, value) => sum + value, 0) / values.length) as [number, number]
  return {
    pairs: rows.length,
    blindAccuracy: groupAccuracy(theirs, groups, seed, { spread: crossFitted(folds) }),
    agree: groupAverage(
      right.map((value, i) => (value === theirRight[i] ? 1 : 0)),
      groups,
      seed,
    ) as Estimate,
    expected: a * b + (1 - a) * (1 - b),
    spearman: groupSpearman(mine, theirs, groups, seed),
  }
}
