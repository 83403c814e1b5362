import type { Database } from 'better-sqlite3'
import { statement } from '../statement.ts'

/** What FTS5's unicode61 tokenizer takes for part of a word: letters, numbers, private use. */
const WORD_CHARACTER = /[\p{L}\p{N}\p{Co}]/u

/**
 * The FTS5 query for what a person typed: every word must occur, in any order and any of the texts; words in double
 * quotes are a phrase; the last word may be the beginning of one. Each word is quoted, so that no operator, column or
 * bracket of FTS5 gets through. `null` where nothing was typed, `''` where what was typed holds no word.
 */
export function matchExpression(typed: string): string | null {
  const text = typed.replaceAll('\0', ' ')
  if (text.trim() === '') return null
  const parts = (text.match(/"[^"]*"|[^\s"]+/g) ?? []).map((part) => part.replaceAll('"', '').trim())
  const words = parts.filter((part) => WORD_CHARACTER.test(part))
  return words.map((word, i) => (i === words.length - 1 ? `"${word}"*` : `"${word}"`)).join(' AND ')
}

/** Which search `temp.search_hits` holds, and of which state of the texts. */
const held = new WeakMap<Database, { expression: string; revision: string }>()

/**
 * Writes the pairs that an FTS5 expression finds into `temp.search_hits`, unless they are there already: a page, its
 * count and the neighbours of a pair ask for the same search again and again, and one for a common word or the
 * beginning of many words takes long (FTS5 merges all their lists before it gives the first row).
 */
export function search(db: Database, expression: string): void {
  const state = held.get(db)
  if (!state) db.exec('CREATE TEMP TABLE IF NOT EXISTS search_hits (pair_id INTEGER PRIMARY KEY) STRICT')
  // Texts change only by a new pair or a new annotation, and neither ever goes.
  const revision = statement<{ revision: string }>(
    db,
    `SELECT (SELECT coalesce(max(id), 0) FROM pairs) || '/' || (SELECT coalesce(max(id), 0) FROM annotations) AS revision`,
  ).get()?.revision ?? ''
  if (state?.expression === expression && state.revision === revision) return
  held.set(db, { expression: '', revision })
  db.transaction(() => {
    statement(db, 'DELETE FROM temp.search_hits').run()
    statement(db, 'INSERT INTO temp.search_hits SELECT rowid FROM pairs_fts WHERE pairs_fts MATCH ?').run(expression)
  })()
  held.set(db, { expression, revision })
}
