import type { Database } from 'better-sqlite3'
import type { PairFilter, PairSort } from '../../contract/pairs.ts'
import { statement } from '../statement.ts'
import { addFilter, addRange, Conditions } from './filter.ts'

/** A pair's place in a queue. `value` is what the queue is sorted by; null where unscored, or where it is the id. */
export type Place = { value: number | null; id: number }

type Column = 's.sfc' | 's.text_margin'
type Step = { db: Database; filter: PairFilter; limit: number }

/**
 * The next places of a queue after `from` (from its start where null), or, with `backward`, those before it in
 * backward order. Scored pairs come first in the order of `sort`, equal values by id; unscored ones follow by id.
 * Each part walks one index and stops at `limit`, however long the queue is.
 */
export function walk(
  db: Database,
  filter: PairFilter,
  sort: PairSort,
  from: Place | null,
  limit: number,
  backward = false,
): Place[] {
  const step = { db, filter, limit }
  const descending = sort.startsWith('-') !== backward
  if (sort === 'id' || sort === '-id') return byId(step, from, descending)

  const column: Column = sort.endsWith('sfc') ? 's.sfc' : 's.text_margin'
  const among = { scored: from?.value != null, unscored: from !== null && from.value === null }
  const scored = (limit: number) => byValue({ ...step, limit }, column, among.scored ? from : null, descending)
  const unscored = (limit: number) => withoutValue({ ...step, limit }, column, among.unscored ? from : null, backward)
  // Both parts, but not the one that lies wholly on the other side of `from`.
  const parts = backward ? (among.scored ? [scored] : [unscored, scored]) : among.unscored ? [unscored] : [scored, unscored]
  const places: Place[] = []
  for (const part of parts) if (places.length < limit) places.push(...part(limit - places.length))
  return places
}

function byId({ db, filter, limit }: Step, from: Place | null, descending: boolean): Place[] {
  const conditions = new Conditions()
  if (from) conditions.add(`s.pair_id ${descending ? '<' : '>'} ?`, from.id)
  addFilter(db, conditions, filter, { residual: true })
  addRange(conditions, filter, 'both')
  return places(db, 'NULL', 'NOT INDEXED', conditions, `s.pair_id ${descending ? 'DESC' : 'ASC'}`, limit)
}

function byValue({ db, filter, limit }: Step, column: Column, from: Place | null, descending: boolean): Place[] {
  const conditions = new Conditions()
  const [atMost, before, order] = descending ? ['<=', '<', 'DESC'] : ['>=', '>', 'ASC']
  if (from?.value == null) conditions.add(`${column} IS NOT NULL`)
  else conditions.add(`${column} ${atMost} ? AND (${column} ${before} ? OR s.pair_id ${before} ?)`, from.value, from.value, from.id)
  addFilter(db, conditions, filter, { residual: true })
  // The index starts at `from`, not at the range's own bound on that side, or each page would walk all before it.
  addRange(conditions, filter, from ? (descending ? 'max' : 'min') : 'none')
  return places(db, column, indexed(column, filter), conditions, `${column} ${order}, s.pair_id ${order}`, limit)
}

function withoutValue({ db, filter, limit }: Step, column: Column, from: Place | null, descending: boolean): Place[] {
  // A range of SFC has no pair without one.
  if (column === 's.sfc' && (filter.sfcMin !== undefined || filter.sfcMax !== undefined)) return []
  const conditions = new Conditions()
  conditions.add(`${column} IS NULL`)
  if (from) conditions.add(`s.pair_id ${descending ? '<' : '>'} ?`, from.id)
  addFilter(db, conditions, filter, { residual: true })
  addRange(conditions, filter, 'both')
  return places(db, 'NULL', indexed(column, filter), conditions, `s.pair_id ${descending ? 'DESC' : 'ASC'}`, limit)
}

/** Named, not left to the planner, whose choice changes with the statistics of the data. */
function indexed(column: Column, { sources, quadrants, statuses }: PairFilter): string {
  if (column === 's.text_margin') return 'INDEXED BY state_by_margin'
  if (sources?.length === 1) return 'INDEXED BY state_by_source_sfc'
  if (quadrants?.length === 1) return 'INDEXED BY state_by_quadrant_sfc'
  if (statuses?.length === 1) return 'INDEXED BY state_by_status_sfc'
  return 'INDEXED BY state_by_sfc'
}

function places(db: Database, value: string, index: string, { where, parameters }: Conditions, order: string, limit: number): Place[] {
  const sql = `SELECT s.pair_id AS id, ${value} AS value FROM pair_state s ${index} ${where} ORDER BY ${order} LIMIT ?`
  return statement<Place>(db, sql).all(...parameters, limit)
}

/** Where a pair stands in a queue of this order, whether or not the filter has it; null where there is no such pair. */
export function placeOf(db: Database, sort: PairSort, pairId: number): Place | null {
  const value = sort.endsWith('id') ? 'NULL' : sort.endsWith('sfc') ? 'sfc' : 'text_margin'
  return statement<Place>(db, `SELECT pair_id AS id, ${value} AS value FROM pair_state WHERE pair_id = ?`).get(pairId) ?? null
}
