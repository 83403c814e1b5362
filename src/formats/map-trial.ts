import { columnMap, type ColumnMap } from '../contract/imports.ts'
import { suggestMap, type Column } from './column-map.ts'
import type { JsonObject } from './value.ts'
import { mapped } from './readers/mapped.ts'

/** A guess at a column map, perhaps not complete, and how many of the records that it was tried on it would lose. */
export type SuggestedMap = { map: Partial<Record<keyof ColumnMap, string>>; records: number; lost: number }

/**
 * The column map that loses the fewest of these records, of those that the names of the columns suggest. A label that only the whole
 * file explains loses none. A map that would lose all of them is no suggestion: its parts are.
 */
export function suggestTried(columns: readonly Column[], sample: readonly JsonObject[]): SuggestedMap {
  const first = suggestMap(columns)
  const maps = [first, ...withoutPrompt(first), ...withLabel(first, columns)].map((map) => ({
    map,
    records: sample.length,
    lost: lostBy(map, sample),
  }))
  return maps.reduce((best, next) => (next.lost < best.lost ? next : best))
}

const withoutPrompt = (map: SuggestedMap['map']): SuggestedMap['map'][] => {
  const { prompt, ...rest } = map
  return prompt === undefined ? [] : [rest]
}

/** Where nothing is called a label, any column of plain values may be one. */
function withLabel(map: SuggestedMap['map'], columns: readonly Column[]): SuggestedMap['map'][] {
  if (!map.first || map.label) return []
  const used = Object.values(map)
  return columns.flatMap(({ column, kind }) => (!used.includes(column) && kind === 'text' ? [{ ...map, label: column }] : []))
}

function lostBy(map: SuggestedMap['map'], sample: readonly JsonObject[]): number {
  const parsed = columnMap.safeParse(map)
  if (!parsed.success) return sample.length
  const format = mapped(parsed.data)
  const named = parsed.data.label
  return sample.filter((record) => {
    const reading = format.read(record)
    const coded = typeof format.label?.(record)?.value !== 'string'
    return 'faults' in reading && reading.faults.some(({ field, code }) => !(coded && field === named && code === 'wrong-type'))
  }).length
}
