import type { Database } from 'better-sqlite3'
import { resumable } from '../resumable.ts'
import { statement } from '../statement.ts'

/** How far the search has come: pairs up to `indexedTo` are found; those behind it are not yet. */
export type SearchState = { indexedTo: number; last: number }

export function searchState(db: Database): SearchState {
  const state = statement<SearchState>(
    db,
    'SELECT indexed_to AS indexedTo, (SELECT coalesce(max(id), 0) FROM pairs) AS last FROM search_state',
  ).get()
  if (!state) throw new Error('the search has lost its state')
  return state
}

/**
 * Lets the search find the next pairs behind its watermark, at most `limit`, by their present texts; pairs and watermark in
 * one transaction. To be called until it gives 0, the number of pairs indexed.
 */
export function indexWords(db: Database, limit: number): number {
  return resumable(db, () => {
    const { indexedTo } = searchState(db)
    const upTo = statement<{ last: number | null; pairs: number }>(
      db,
      'SELECT max(id) AS last, count(*) AS pairs FROM (SELECT id FROM pairs WHERE id > ? ORDER BY id LIMIT ?)',
    ).get(indexedTo, limit)
    if (!upTo?.last) return 0
    statement(
      db,
      `INSERT INTO pairs_fts (rowid, prompt, chosen, rejected)
         SELECT p.id, coalesce(a.prompt, p.prompt), coalesce(a.chosen, p.chosen), coalesce(a.rejected, p.rejected)
         FROM pairs p CROSS JOIN pair_state s ON s.pair_id = p.id LEFT JOIN annotations a ON a.id = s.annotation_id
         WHERE p.id > ? AND p.id <= ? ORDER BY p.id`,
    ).run(indexedTo, upTo.last)
    statement(db, 'UPDATE search_state SET indexed_to = ?').run(upTo.last)
    return upTo.pairs
  })
}
