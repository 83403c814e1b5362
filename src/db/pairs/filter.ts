import type { Database } from 'better-sqlite3'
import type { PairFilter } from '../../contract/pairs.ts'
import { statement } from '../statement.ts'
import { search, searchExpression } from './search.ts'

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
 * Adds a filter's conditions, but for the SFC range (`addRange`). An empty or absent list does not limit anything; a
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
  if (filter.stale !== undefined) to.add(`${hide}s.stale = ?`, filter.stale ? 1 : 0)
  if (filter.missingImages !== undefined) to.add(`${hide}s.missing_images ${filter.missingImages ? '>' : '='} 0`)
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
  const match = searchExpression(db, filter.text ?? '')
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

/** Adds the SFC range, which leaves out pairs without an SFC. A side given in `residual` is hidden from the planner. */
export function addRange(to: Conditions, { sfcMin, sfcMax }: PairFilter, residual: 'min' | 'max' | 'both' | 'none'): void {
  const hidden = (side: 'min' | 'max') => (residual === side || residual === 'both' ? '+' : '')
  if (sfcMin !== undefined) to.add(`${hidden('min')}s.sfc >= ?`, sfcMin)
  if (sfcMax !== undefined) to.add(`${hidden('max')}s.sfc <= ?`, sfcMax)
}

export function sourceIds(db: Database, names: readonly string[]): number[] {
  const byName = statement<{ id: number }>(db, 'SELECT id FROM sources WHERE name = ?')
  return [...new Set(names)].flatMap((name) => byName.get(name)?.id ?? [])
}

export function tagIds(db: Database, names: readonly string[]): number[] {
  const byName = statement<{ id: number }>(db, 'SELECT id FROM tags WHERE name = ?')
  return [...new Set(names)].flatMap((name) => byName.get(name)?.id ?? [])
}
