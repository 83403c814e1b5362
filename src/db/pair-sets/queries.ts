import type { Database } from 'better-sqlite3'
import type { PairSet } from '../../contract/pairs.ts'
import { statement } from '../sqlite/statement.ts'

/** Sets that no slice names: so many of the newest are kept. */
const KEPT = 30

const COLUMNS = 'id, label, pairs, created_at AS createdAt'

/** Null where it is gone. */
export function get(db: Database, id: number): PairSet | null {
  return statement<PairSet>(db, `SELECT ${COLUMNS} FROM pair_sets WHERE id = ?`).get(id) ?? null
}

/** The set that a question gave before; null where it was not asked, or its set is gone. */
export function find(db: Database, question: string): PairSet | null {
  return statement<PairSet>(db, `SELECT ${COLUMNS} FROM pair_sets WHERE question = ?`).get(question) ?? null
}

/** Keeps the pairs that a question found, and forgets sets that are old. A pair that is named twice is in it once. */
export function make(db: Database, { label, question, pairIds }: { label: string; question: string; pairIds: Float64Array }): PairSet {
  return db
    .transaction(() => {
      statement(db, 'DELETE FROM pair_sets WHERE question = ?').run(question)
      const set = statement<PairSet>(
        db,
        `INSERT INTO pair_sets (label, question, pairs, created_at) VALUES (?, ?, ?, ?) RETURNING ${COLUMNS}`,
      ).get(label, question, new Set(pairIds).size, new Date().toISOString())
      if (!set) throw new Error('the set was not written')
      const add = statement(db, 'INSERT OR IGNORE INTO pair_set_members (set_id, pair_id) VALUES (?, ?)')
      for (const pairId of pairIds) add.run(set.id, pairId)
      statement(
        db,
        `DELETE FROM pair_sets WHERE id NOT IN (SELECT id FROM pair_sets ORDER BY id DESC LIMIT ?)
           AND id NOT IN (SELECT json_extract(filter, '$.set') FROM slices WHERE json_extract(filter, '$.set') IS NOT NULL)`,
      ).run(KEPT)
      return set
    })
    .immediate()
}

/** At most `limit` of its pairs, by id; none where it is gone. */
export function members(db: Database, id: number, limit: number): number[] {
  return statement<{ id: number }>(db, 'SELECT pair_id AS id FROM pair_set_members WHERE set_id = ? ORDER BY pair_id LIMIT ?')
    .all(id, limit)
    .map((row) => row.id)
}
