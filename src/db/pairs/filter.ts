import type { Database } from 'better-sqlite3'
import type { PairFilter } from '../../contract/pairs.ts'
import { statement } from '../statement.ts'
import { matchExpression, search } from './search.ts'

type Value = string | number

/** Conditions on `pair_state s` with their parameters, to be joined by AND. */
export class Conditions {
  readonly parameters: Value[] = []
  readonly #sql: string[] = []

  add(sql: string, ...parameters: Value[]): void {
    this.#sql.push(sql)
    this.parameters.push(...parameters)
  }

  get where(): string {
    return this.#sql.length === 0 ? '' : `WHERE ${this.#sql.join(' AND ')}`
  }
}

/**
 * Adds a filter's conditions, but for its ranges (`addRanges`). An empty or absent list does not limit anything; a
 * source or tag that does not exist matches no pair. A filter with text is searched for here, so run the query before
 * another filter is added. With `residual`, conditions only test the rows that an index gives in the wanted order (a `+`
 * hides a column from the planner, which would merge index ranges and then sort).
 */
export function addFilter(db: Database, to: Conditions, filter: PairFilter, { residual }: { residual: boolean }): void {
  const hide = residual ? '+' : ''
  const among = (column: string, values: readonly Value[]) => {
    if (values.length === 1) to.add(`${hide}${column} = ?`, ...values)
    else if (values.length === 0) to.add('0')
    else to.add(`${hide}${column} IN (${values.map(() => '?').join(', ')})`, ...values)
  }
  if (filter.sources?.length) among('s.source_id', sourceIds(db, filter.sources))
  if (filter.splits?.length) among('s.split', filter.splits)
  if (filter.quadrants?.length) among('s.quadrant', filter.quadrants)
  if (filter.statuses?.length) among('s.status', filter.statuses)
  if (filter.scored !== undefined) to.add(`${hide}s.quadrant ${filter.scored ? 'IS NOT' : 'IS'} NULL`)
  if (filter.stale !== undefined) to.add(`${hide}s.stale = ?`, filter.stale ? 1 : 0)
  if (filter.missingImages !== undefined) to.add(`${hide}s.missing_images ${filter.missingImages ? '>' : '='} 0`)
  if (filter.hasImage !== undefined) {
    const named = '(s.missing_images > 0 OR EXISTS (SELECT 1 FROM pair_images i WHERE i.pair_id = s.pair_id))'
    to.add(filter.hasImage ? named : `NOT ${named}`)
  }
  if (filter.tags?.length) {
    const ids = tagIds(db, filter.tags)
    if (ids.length === 0) to.add('0')
    else to.add(`EXISTS (SELECT 1 FROM pair_tags t WHERE t.pair_id = s.pair_id AND t.tag_id IN (${ids.map(() => '?').join(', ')}))`, ...ids)
  }
  if (filter.duplicates?.length) {
    const kinds = filter.duplicates.map(() => '?').join(', ')
    to.add(`EXISTS (SELECT 1 FROM duplicates d WHERE d.pair_id = s.pair_id AND d.kind IN (${kinds}))`, ...filter.duplicates)
  }
  if (filter.pairIds?.length) addIds(to, filter.pairIds, { residual })
  if (filter.set !== undefined) addSet(to, filter.set, { residual })
  const match = matchExpression(filter.text ?? '')
  if (match === '') to.add('0')
  else if (match !== null) {
    search(db, match)
    to.add(`${hide}s.pair_id IN (SELECT pair_id FROM temp.search_hits)`)
  }
}

/** Limits to pairs with these numbers. */
export function addIds(to: Conditions, ids: readonly number[], { residual }: { residual: boolean }): void {
  to.add(`${residual ? '+' : ''}s.pair_id IN (SELECT value FROM json_each(?))`, JSON.stringify(ids))
}

/** Limits to the pairs of a set, which are walked through unless they are only tested for. */
export function addSet(to: Conditions, id: number, { residual }: { residual: boolean }): void {
  if (residual) to.add('EXISTS (SELECT 1 FROM pair_set_members m WHERE m.set_id = ? AND m.pair_id = s.pair_id)', id)
  else to.add('s.pair_id IN (SELECT pair_id FROM pair_set_members WHERE set_id = ?)', id)
}

const RANGES = {
  's.audit_sfc': ['auditSfcMin', 'auditSfcMax'],
  's.text_margin': ['textMarginMin', 'textMarginMax'],
  's.mm_margin': ['mmMarginMin', 'mmMarginMax'],
  's.suspect': ['suspectMin', null],
} as const
export type RangeColumn = keyof typeof RANGES
type Side = 'min' | 'max'

/** Adds the filter's ranges of numbers, which leave out pairs without that number. A side that is `hidden` is no way in for the planner. */
export function addRanges(to: Conditions, filter: PairFilter, hidden: (column: RangeColumn, side: Side) => boolean): void {
  for (const column of Object.keys(RANGES) as RangeColumn[]) {
    const [least, most] = RANGES[column]
    const add = (side: Side, sign: string, bound: number | undefined) => {
      if (bound !== undefined) to.add(`${hidden(column, side) ? '+' : ''}${column} ${sign} ?`, bound)
    }
    add('min', '>=', filter[least])
    add('max', '<=', most ? filter[most] : undefined)
  }
}

/** Whether the filter asks for a range of any of these numbers. */
export function hasRange(filter: PairFilter, columns: readonly RangeColumn[] = Object.keys(RANGES) as RangeColumn[]): boolean {
  return columns.some((column) => RANGES[column].some((field) => field && filter[field] !== undefined))
}

export function sourceIds(db: Database, names: readonly string[]): number[] {
  const byName = statement<{ id: number }>(db, 'SELECT id FROM sources WHERE name = ?')
  return [...new Set(names)].flatMap((name) => byName.get(name)?.id ?? [])
}

export function tagIds(db: Database, names: readonly string[]): number[] {
  const byName = statement<{ id: number }>(db, 'SELECT id FROM tags WHERE name = ?')
  return [...new Set(names)].flatMap((name) => byName.get(name)?.id ?? [])
}
