import type { Database } from 'better-sqlite3'
import { resumable } from '../worker/resumable.ts'
import { statement } from '../sqlite/statement.ts'

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

/** A sign in the index of every pair, which no word of a search is. */
export const EVERY_PAIR = '¤'

/** What is indexed of a present text. ASCII text is split and folded by FTS5 itself, which is quicker. */
const words = (column: string): string => {
  const text = `coalesce(a.${column}, p.${column})`
  return `CASE WHEN length(${text}) = octet_length(${text}) THEN ${text} ELSE search_words(${text}) END`
}

/** Pairs that an opening waits for. */
const AT_ONCE = 2000

/** Fills the index of a small project at once, after a migration has emptied it. That of a larger one is filled in the background. */
export function catchUpSearch(db: Database): void {
  const { indexedTo, last } = searchState(db)
  if (last - indexedTo <= AT_ONCE) while (indexWords(db, AT_ONCE) > 0);
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
         SELECT p.id, '${EVERY_PAIR} ' || ${words('prompt')}, ${words('chosen')}, ${words('rejected')}
         FROM pairs p CROSS JOIN pair_state s ON s.pair_id = p.id LEFT JOIN annotations a ON a.id = s.annotation_id
         WHERE p.id > ? AND p.id <= ? ORDER BY p.id`,
    ).run(indexedTo, upTo.last)
    statement(db, 'UPDATE search_state SET indexed_to = ?').run(upTo.last)
    return upTo.pairs
  })
}
