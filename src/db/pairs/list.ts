import type { Database } from 'better-sqlite3'
import type { PairFilter, PairRow, PairSort, PairStatus, Quadrant } from '../../contract/pairs.ts'
import { statement } from '../statement.ts'
import { decodeCursor, encodeCursor } from './cursor.ts'
import { addFilter, addRange, Conditions } from './filter.ts'
import { placeOf, walk } from './queue.ts'
import { pairRow } from './rows.ts'

/**
 * A page of the queue that filter and sort describe, after `cursor`. `nextCursor` is null on the last page.
 * @throws BlindfoldError INVALID_INPUT for a cursor of another order
 */
export function list(
  db: Database,
  { filter, sort, cursor, limit }: { filter: PairFilter; sort: PairSort; cursor: string | null; limit: number },
): { rows: PairRow[]; nextCursor: string | null } {
  const from = cursor === null ? null : decodeCursor(sort, cursor)
  // One more than asked for tells whether there is a next page.
  const found = walk(db, filter, sort, from, limit + 1)
  const page = found.slice(0, limit)
  const last = page.at(-1)
  return {
    rows: page.flatMap(({ id }) => pairRow(db, id) ?? []),
    nextCursor: found.length > limit && last ? encodeCursor(sort, last) : null,
  }
}

/** The pair before and after this one in the queue; the pair itself need not be in it any more. Nulls at its ends. */
export function neighbours(
  db: Database,
  { pairId, filter, sort }: { pairId: number; filter: PairFilter; sort: PairSort },
): { previous: number | null; next: number | null } {
  const place = placeOf(db, sort, pairId)
  if (!place) return { previous: null, next: null }
  return {
    previous: walk(db, filter, sort, place, 1, true)[0]?.id ?? null,
    next: walk(db, filter, sort, place, 1)[0]?.id ?? null,
  }
}

/** How many pairs a filter has. */
export function count(db: Database, filter: PairFilter): number {
  const conditions = new Conditions()
  addFilter(db, conditions, filter, { residual: false })
  addRange(conditions, filter, 'none')
  const sql = `SELECT count(*) AS n FROM pair_state s ${conditions.where}`
  return statement<{ n: number }>(db, sql).get(...conditions.parameters)?.n ?? 0
}

type Tally<Value> = { value: Value; count: number }[]

/** How many pairs fall into each value a filter can have; values without pairs are left out. */
export function facets(db: Database): {
  sources: Tally<string>
  splits: Tally<string>
  quadrants: Tally<Quadrant>
  statuses: Tally<PairStatus>
  stale: number
} {
  const bySplit = statement<{ source: string; split: string; count: number }>(
    db,
    `SELECT o.name AS source, g.split, g.count FROM
       (SELECT source_id, split, count(*) AS count FROM pair_state INDEXED BY state_by_split GROUP BY source_id, split) g
     JOIN sources o ON o.id = g.source_id`,
  ).all()
  const grouped = <Value>(column: string) =>
    statement<{ value: Value; count: number }>(
      db,
      `SELECT ${column} AS value, count(*) AS count FROM pair_state INDEXED BY state_by_${column}_sfc
       WHERE ${column} IS NOT NULL GROUP BY ${column}`,
    ).all()
  return {
    sources: tally(bySplit.map(({ source, count }) => [source, count])),
    splits: tally(bySplit.map(({ split, count }) => [split, count])),
    quadrants: grouped<Quadrant>('quadrant'),
    statuses: grouped<PairStatus>('status'),
    stale: statement<{ n: number }>(db, 'SELECT count(*) AS n FROM pair_state WHERE stale = 1').get()?.n ?? 0,
  }
}

function tally(counts: [string, number][]): Tally<string> {
  const sums = new Map<string, number>()
  for (const [value, count] of counts) sums.set(value, (sums.get(value) ?? 0) + count)
  return [...sums].map(([value, count]) => ({ value, count })).sort((a, b) => (a.value < b.value ? -1 : 1))
}
