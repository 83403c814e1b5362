import Sqlite, { type Database } from 'better-sqlite3'
import { statement } from '../statement.ts'
import { searchState } from './search-index.ts'
import { matchExpression, wanted, type Wanted } from './search.ts'

/** Whether a pair has what was searched for, and how many plain questions the answer took. */
export type Asker = (pairId: number) => { yes: boolean; cost: number }

type Texts = { prompt: string; chosen: string; rejected: string }

const PRESENT = `
  SELECT coalesce(a.prompt, p.prompt) AS prompt, coalesce(a.chosen, p.chosen) AS chosen, coalesce(a.rejected, p.rejected) AS rejected
  FROM pair_state s CROSS JOIN pairs p ON p.id = s.pair_id LEFT JOIN annotations a ON a.id = s.annotation_id WHERE s.pair_id = ?`

/**
 * Asks single pairs whether the search would find them by what was typed, without its index, which answers for one pair about as
 * slowly as for all where many have the word. Texts whose only letters and digits are ASCII are looked through by an expression
 * that takes words as FTS5 does; others are put to FTS5 in a database of their own, which takes some times as long. Pairs that
 * the index has not got to are not found here either.
 */
export function asker(db: Database, typed: string): Asker {
  const { indexedTo } = searchState(db)
  const parts = wanted(typed) ?? []
  const patterns = parts.every(({ text }) => ASCII.test(text)) ? parts.map(patternOf) : null
  const present = statement<Texts>(db, PRESENT)
  let exactly: ((texts: Texts) => boolean) | null = null
  return (pairId) => {
    const texts = pairId > indexedTo ? undefined : present.get(pairId)
    if (!texts) return { yes: false, cost: 1 }
    const { prompt, chosen, rejected } = texts
    if (patterns && isPlain(prompt) && isPlain(chosen) && isPlain(rejected)) {
      return { yes: patterns.every((pattern) => pattern.test(prompt) || pattern.test(chosen) || pattern.test(rejected)), cost: 1 }
    }
    exactly ??= exact(matchExpression(typed) ?? '')
    return { yes: exactly(texts), cost: EXACT }
  }
}

// NUL is left to FTS5.
const ASCII = /^[\x01-\x7f]*$/
/** No letter, digit or mark beyond ASCII, so that words are runs of [A-Za-z0-9]. */
const PLAIN = /^[\x01-\x7f\p{P}\p{S}\p{Z}]*$/u
const isPlain = (text: string): boolean => ASCII.test(text) || PLAIN.test(text)
/** So much longer takes an answer of FTS5. */
const EXACT = 4

/** Finds a word or phrase in a plain text as FTS5's unicode61 does: a phrase is its words with anything but words in between. */
function patternOf({ text, begins }: Wanted): RegExp {
  const words = text.split(/[^A-Za-z0-9]+/).filter((word) => word !== '')
  return new RegExp(`(?<![A-Za-z0-9])${words.join('[^A-Za-z0-9]+')}${begins ? '' : '(?![A-Za-z0-9])'}`, 'i')
}

let alone: Database | null = null

/** FTS5's own answer for one pair at a time. */
function exact(expression: string): (texts: Texts) => boolean {
  alone ??= new Sqlite(':memory:').exec('CREATE VIRTUAL TABLE alone USING fts5 (prompt, chosen, rejected)')
  const put = statement(alone, 'INSERT OR REPLACE INTO alone (rowid, prompt, chosen, rejected) VALUES (1, ?, ?, ?)')
  const ask = statement(alone, 'SELECT 1 FROM alone WHERE alone MATCH ?')
  return ({ prompt, chosen, rejected }) => {
    put.run(prompt, chosen, rejected)
    return ask.get(expression) !== undefined
  }
}
