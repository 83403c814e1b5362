import type { Database } from 'better-sqlite3'
import { indexedPhrase, type Wanted, wanted } from '../../core/search-words.ts'
import { statement } from '../sqlite/statement.ts'
import { EVERY_PAIR, searchState } from './search-index.ts'

function phrase(part: Wanted): string {
  const { words, begins } = indexedPhrase(part)
  return `"${words.join(' ')}"${begins ? '*' : ''}`
}

/**
 * The FTS5 query for what a person typed. Each word is quoted, and tokens hold no quote, so that no operator, column or bracket of
 * FTS5 gets through. `null` where nothing was typed, `''` where what was typed holds no word.
 */
export function matchExpression(typed: string): string | null {
  const parts = wanted(typed)
  if (!parts?.length) return parts && ''
  const asked = parts.filter(({ excluded }) => !excluded)
  const excluded = parts.filter((part) => part.excluded)
  const all = asked.length > 0 ? asked.map(phrase).join(' AND ') : `"${EVERY_PAIR}"`
  return excluded.length > 0 ? `(${all}) NOT (${excluded.map(phrase).join(' OR ')})` : all
}

/**
 * Whether FTS5 gives the first pairs of an expression at once. For the beginning of a word it merges the lists of all its words
 * before, but for beginnings of three characters, which have lists of their own.
 */
const isPrompt = (expression: string): boolean => !expression.includes('"*') || /"[^" ]{3}"\*/u.test(expression)

/** How many pairs an expression finds, counted no further than `limit`. */
function hits(db: Database, expression: string, limit: number): number {
  const sql = 'SELECT count(*) AS n FROM (SELECT 1 FROM pairs_fts WHERE pairs_fts MATCH ? LIMIT ?)'
  return statement<{ n: number }>(db, sql).get(expression, limit)?.n ?? 0
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

const STRETCHES = 16
const STRETCH = 256

/**
 * About what share of all pairs an expression finds, estimated from some stretches of them; null where that is no quicker than finding
 * all.
 */
export function shareFound(db: Database, expression: string): number | null {
  const { indexedTo } = searchState(db)
  if (!isPrompt(expression) || indexedTo < STRETCHES * STRETCH) return null
  // Without the cast the numbers come as floats, which FTS5 leaves out of account: it then looks through all.
  const within = statement<{ n: number }>(
    db,
    'SELECT count(*) AS n FROM pairs_fts WHERE pairs_fts MATCH ? AND rowid >= CAST(? AS INTEGER) AND rowid < CAST(? AS INTEGER)',
  )
  let found = 0
  for (let i = 0; i < STRETCHES; i++) {
    const from = 1 + Math.floor((i * (indexedTo - STRETCH)) / (STRETCHES - 1))
    found += within.get(expression, from, from + STRETCH)?.n ?? 0
  }
  return found / (STRETCHES * STRETCH)
}

function revisionOf(db: Database): string {
  // Texts change only by a new annotation or as the index goes on, and neither ever goes.
  return (
    statement<{ revision: string }>(
      db,
      `SELECT (SELECT indexed_to FROM search_state) || '/' || (SELECT coalesce(max(id), 0) FROM annotations) AS revision`,
    ).get()?.revision ?? ''
  )
}

/** Whether `temp.search_hits` holds the pairs of an expression as the texts are now. */
export function isWritten(db: Database, expression: string): boolean {
  const known = held.get(db)
  return known !== undefined && known.complete && known.expression === expression && known.revision === revisionOf(db)
}

/** The pairs that an expression finds, where they are at most `few`; null where they are more, or only a long look would tell. */
export function fewFound(db: Database, expression: string, few: number): number[] | null {
  if (!isPrompt(expression) && !isWritten(db, expression)) return null
  const { size, complete } = search(db, expression, few + 1)
  if (!complete || size > few) return null
  return statement<{ id: number }>(db, 'SELECT pair_id AS id FROM temp.search_hits')
    .all()
    .map(({ id }) => id)
}

/**
 * Writes the pairs that an FTS5 expression finds into `temp.search_hits`, unless they are there already: a page, its count
 * and the neighbours of a pair ask for the same search again and again. Where they are `limit` or more, they are counted
 * that far and not written.
 */
export function search(db: Database, expression: string, limit = Infinity): { size: number; complete: boolean } {
  const known = held.get(db)
  if (!known) db.exec('CREATE TEMP TABLE IF NOT EXISTS search_hits (pair_id INTEGER PRIMARY KEY) STRICT')
  const revision = revisionOf(db)
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
