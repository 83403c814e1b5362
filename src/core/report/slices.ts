import { crossFitted, FOR_TABLES, groupAccuracy, holm, rightness, signFlipP, type Estimate } from '../statistics.ts'
import { promptTypeName, rowsWhere, type Scored } from './scored.ts'

export type Dimension = 'source' | 'split' | 'slice' | 'tag' | 'prompt-type' | 'language' | 'length-difference'

/** Pairs that a slice or a tag has. `Filter` is what the caller calls them by. */
export type Membership<Filter> = { dimension: 'slice' | 'tag'; value: string; filter: Filter; ids: Float64Array }
export type SliceRow<Filter> = {
  dimension: Dimension
  value: string
  pairs: number
  groups: number
  blindAccuracy: Estimate
  pValue: number
  adjusted: number
  filter: Filter | { sources: string[] } | { splits: string[] } | null
}

/** Parts of fewer groups are left out: an interval over them says nothing. */
const LEAST_GROUPS = 10

/** Upper bounds of how many times as long the chosen response is. */
const LENGTHS: [number, string][] = [
  [1 / 2, 'chosen less than half as long'],
  [1 / 1.1, 'chosen shorter'],
  [1.1, 'about as long (within 10%)'],
  [2, 'chosen longer'],
  [Infinity, 'chosen more than twice as long'],
]

/** The blind test on parts of the data. `languages` has the language of some rows, by place. */
export function slicesOf<Filter>(
  scored: Scored,
  memberships: readonly Membership<Filter>[],
  languages: ReadonlyMap<number, string>,
  { seed, folds }: { seed: number; folds: number },
): SliceRow<Filter>[] {
  const spread = crossFitted(folds)
  const { n, numbers, places, names } = scored
  type Part = Pick<SliceRow<Filter>, 'dimension' | 'value' | 'filter'> & { rows: Uint32Array }
  const parts: Part[] = []
  for (const [dimension, column] of [
    ['source', 'source'],
    ['split', 'split'],
  ] as const) {
    if (new Set(places[column]).size < 2) continue
    names[column].forEach((value, place) =>
      parts.push({
        dimension,
        value,
        rows: rowsWhere(n, (i) => places[column][i] === place),
        filter: column === 'source' ? { sources: [value] } : { splits: [value] },
      }),
    )
  }
  for (const { dimension, value, filter, ids } of memberships) {
    const has = new Set(ids)
    parts.push({ dimension, value, filter, rows: rowsWhere(n, (i) => has.has(numbers.id[i] as number)) })
  }
  const named = (dimension: Dimension, nameOf: (row: number) => string | undefined) => {
    const byName = Map.groupBy(
      Array.from({ length: n }, (_, i) => i),
      nameOf,
    )
    for (const [value, rows] of byName)
      if (value !== undefined) parts.push({ dimension, value, filter: null, rows: Uint32Array.from(rows) })
  }
  named('prompt-type', (i) => promptTypeName(numbers.promptType[i] as number))
  named('language', (i) => languages.get(i))
  named('length-difference', (i) => lengthName((numbers.chosenLength[i] as number) / (numbers.rejectedLength[i] as number)))

  const rows = parts.flatMap(({ rows, ...part }) => {
    const groups = Float64Array.from(rows, (i) => numbers.group[i] as number)
    const distinct = new Set(groups).size
    if (distinct < LEAST_GROUPS) return []
    const margins = Float64Array.from(rows, (i) => numbers.margin[i] as number)
    const excess = margins.map((margin) => rightness(margin) - 0.5)
    return [
      {
        ...part,
        pairs: rows.length,
        groups: distinct,
        blindAccuracy: groupAccuracy(margins, groups, seed, { spread }),
        pValue: signFlipP(excess, groups, seed, { ...FOR_TABLES, spread }),
        adjusted: 1,
      },
    ]
  })
  const adjusted = holm(rows.map(({ pValue }) => pValue))
  return rows.map((row, i) => ({ ...row, adjusted: adjusted[i] as number }))
}

/** Two empty responses are as long as each other. */
const lengthName = (ratio: number): string => LENGTHS.find(([bound]) => (Number.isNaN(ratio) ? 1 : ratio) <= bound)?.[1] ?? ''
