import type { Database } from 'better-sqlite3'
import type { PairFilter, PairRow, PairSort } from '../../contract/pairs.ts'
import { statement } from '../sqlite/statement.ts'
import { decodeCursor, encodeCursor } from './cursor.ts'
import { countedKinds, toldByKinds } from './facets.ts'
import { addFilter, addIds, addRanges, Conditions } from './filter.ts'
import { LIMITS, narrow } from './narrow.ts'
import { placeOf, walk } from './queue.ts'
import { pairRow } from './columns.ts'
import { countFound, matchExpression } from './search.ts'

/**
 * A page of the queue that filter and sort describe, after `cursor`. `nextCursor` is null on the last page.
 * @throws BlindfoldError INVALID_INPUT for a cursor of another order
 */
export function list(
  db: Database,
  { filter, sort, cursor, limit }: { filter: PairFilter; sort: PairSort; cursor: string | null; limit: number },
  limits = LIMITS,
): { rows: PairRow[]; nextCursor: string | null } {
  const from = cursor === null ? null : decodeCursor(sort, cursor)
  // One more than asked for tells whether there is a next page.
  const found = walk(db, filter, sort, from, limit + 1, { limits })
  const page = found.slice(0, limit)
  const last = page.at(-1)
  return {
    rows: page.flatMap(({ id }) => pairRow(db, id) ?? []),
    nextCursor: found.length > limit && last ? encodeCursor(sort, last) : null,
  }
}

/**
 * Where the next pages of `size` rows begin after `cursor`, as cursors for `list`: at most `most`, fewer where the queue
 * ends before. Rows themselves are not read, so that a list can be jumped into.
 * @throws BlindfoldError INVALID_INPUT for a cursor of another order
 */
export function pages(
  db: Database,
  { filter, sort, cursor, size, most }: { filter: PairFilter; sort: PairSort; cursor: string | null; size: number; most: number },
  limits = LIMITS,
): { cursors: string[] } {
  const from = cursor === null ? null : decodeCursor(sort, cursor)
  // One more tells whether anything comes after the last of them.
  const found = walk(db, filter, sort, from, size * most + 1, { limits })
  const ends = Array.from({ length: Math.floor((found.length - 1) / size) }, (_, page) => found[(page + 1) * size - 1])
  return { cursors: ends.flatMap((end) => (end ? [encodeCursor(sort, end)] : [])) }
}

/** The pair before and after this one in the queue; the pair itself need not be in it any more. Nulls at its ends. */
export function neighbours(
  db: Database,
  { pairId, filter, sort }: { pairId: number; filter: PairFilter; sort: PairSort },
  limits = LIMITS,
): { previous: number | null; next: number | null } {
  const place = placeOf(db, sort, pairId)
  if (!place) return { previous: null, next: null }
  return {
    previous: walk(db, filter, sort, place, 1, { limits, backward: true })[0]?.id ?? null,
    next: walk(db, filter, sort, place, 1, { limits })[0]?.id ?? null,
  }
}

/** How many pairs a filter has. */
export function count(db: Database, filter: PairFilter, limits = LIMITS): number {
  if (toldByKinds(filter)) return countedKinds(db, filter).reduce((sum, { pairs }) => sum + pairs, 0)
  const match = matchExpression(filter.text ?? '')
  if (match && Object.entries(filter).every(([name, value]) => name === 'text' || value === undefined)) return countFound(db, match)
  const conditions = new Conditions()
  const narrowed = narrow(db, filter, 'id', limits)
  if (narrowed) addIds(conditions, narrowed.ids, { residual: false })
  addFilter(db, conditions, narrowed?.rest ?? filter, { residual: narrowed !== null })
  addRanges(conditions, filter, () => narrowed !== null)
  const sql = `SELECT count(*) AS n FROM pair_state s ${narrowed ? 'NOT INDEXED' : ''} ${conditions.where}`
  return statement<{ n: number }>(db, sql).get(...conditions.parameters)?.n ?? 0
}
