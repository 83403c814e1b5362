import type { Database } from 'better-sqlite3'
import { statement } from '../statement.ts'

/** What FTS5's unicode61 tokenizer takes for part of a word: letters, numbers, private use. */
const WORD_CHARACTER = /[\p{L}\p{N}\p{Co}]/u

/** A word that is no beginning of another: one or two letters begin so many that everything would be found. */
const SHORT = /^[a-z0-9]{1,2}$/i

/**
 * The FTS5 query for what a person typed: every word must occur, in any order and any of the texts; words in double
 * quotes are a phrase; the last word may be the beginning of one, from its third letter on. Each word is quoted, so that
 * no operator, column or bracket of FTS5 gets through. `null` where nothing was typed, `''` where what was typed holds no
 * word.
 */
export function matchExpression(typed: string): string | null {
  const text = typed.replaceAll('\0', ' ')
  if (text.trim() === '') return null
  const parts = (text.match(/"[^"]*"|[^\s"]+/g) ?? []).map((part) => part.replaceAll('"', '').trim())
  const words = parts.filter((part) => WORD_CHARACTER.test(part))
  return words.map((word, i) => (i === words.length - 1 && !SHORT.test(word) ? `"${word}"*` : `"${word}"`)).join(' AND ')
}

/** A word that more pairs hold is meant when it is typed, and not the beginning of another. */
const COMMON = 10_000

/**
 * `matchExpression` for this project: a last word that is common as it stands is taken whole. Asking for everything that
 * such a word begins would take long and find nearly all.
 */
export function searchExpression(db: Database, typed: string, common = COMMON): string | null {
  const expression = matchExpression(typed)
  if (expression === null || canProbe(expression)) return expression
  const whole = expression.slice(0, -1)
  const last = whole.slice(whole.lastIndexOf('"', whole.length - 2))
  return hits(db, last, common + 1) > common ? whole : expression
}

/** How many pairs an expression finds, counted no further than `limit`. */
function hits(db: Database, expression: string, limit: number): number {
  const sql = 'SELECT count(*) AS n FROM (SELECT 1 FROM pairs_fts WHERE pairs_fts MATCH ? LIMIT ?)'
  return statement<{ n: number }>(db, sql).get(expression, limit)?.n ?? 0
}

/**
 * Whether it is quick to ask of one pair whether the expression finds it. For the beginning of a word it is not: FTS5 merges
 * the lists of all its words at each question.
 */
export const canProbe = (expression: string): boolean => !expression.endsWith('*')

/** Whether an expression finds one pair. Asked for `rowid = ?`, FTS5 of SQLite 3.54 says yes of any pair. */
export function finds(db: Database, expression: string, pairId: number): boolean {
  const found = statement(db, 'SELECT 1 FROM pairs_fts WHERE pairs_fts MATCH ? AND rowid >= ? AND rowid <= ?').get(expression, pairId, pairId)
  return found !== undefined
}

/** How many pairs an expression finds. */
export function countFound(db: Database, expression: string): number {
  return statement<{ n: number }>(db, 'SELECT count(*) AS n FROM pairs_fts WHERE pairs_fts MATCH ?').get(expression)?.n ?? 0
}

/**
 * A search as the texts were at `revision`. Where it is `complete`, `temp.search_hits` holds its pairs; else it has at least
 * `size` of them, and the table holds nothing of use.
 */
type Held = { expression: string; revision: string; size: number; complete: boolean }
const held = new WeakMap<Database, Held>()

/**
 * Writes the pairs that an FTS5 expression finds into `temp.search_hits`, unless they are there already: a page, its count
 * and the neighbours of a pair ask for the same search again and again. Where they are `limit` or more, they are counted
 * that far and not written.
 */
export function search(db: Database, expression: string, limit = Infinity): { size: number; complete: boolean } {
  const known = held.get(db)
  if (!known) db.exec('CREATE TEMP TABLE IF NOT EXISTS search_hits (pair_id INTEGER PRIMARY KEY) STRICT')
  // Texts change only by a new annotation or as the index goes on, and neither ever goes.
  const revision = statement<{ revision: string }>(
    db,
    `SELECT (SELECT indexed_to FROM search_state) || '/' || (SELECT coalesce(max(id), 0) FROM annotations) AS revision`,
  ).get()?.revision ?? ''
  const fresh = known?.expression === expression && known.revision === revision
  if (known && fresh && (known.complete || known.size >= limit)) return known
  const least = Number.isFinite(limit) ? hits(db, expression, limit) : 0
  if (least >= limit) {
    const many = { expression, revision, size: least, complete: false }
    held.set(db, many)
    return many
  }
  held.set(db, { expression: '', revision, size: 0, complete: false })
  const size = db.transaction(() => {
    statement(db, 'DELETE FROM temp.search_hits').run()
    return statement(db, 'INSERT INTO temp.search_hits SELECT rowid FROM pairs_fts WHERE pairs_fts MATCH ?').run(expression).changes
  })()
  const now = { expression, revision, size, complete: true }
  held.set(db, now)
  return now
}
