import type { Database } from 'better-sqlite3'
import { answers, isPlain, tokens, type Wanted, wanted } from '../../core/search-words.ts'
import { statement } from '../sqlite/statement.ts'
import { searchState } from './search-index.ts'

/** Whether a pair has what was searched for, and how many plain questions the answer took. */
export type Asker = (pairId: number) => { yes: boolean; cost: number }

type Texts = { prompt: string; chosen: string; rejected: string }

const PRESENT = `
  SELECT coalesce(a.prompt, p.prompt) AS prompt, coalesce(a.chosen, p.chosen) AS chosen, coalesce(a.rejected, p.rejected) AS rejected
  FROM pair_state s CROSS JOIN pairs p ON p.id = s.pair_id LEFT JOIN annotations a ON a.id = s.annotation_id WHERE s.pair_id = ?`

/** So much longer it takes to cut texts into tokens. */
const CUT = 4

/**
 * Asks single pairs whether the search would find them by what was typed, without its index, which answers for one pair about as
 * slowly as for all where many have the word. Texts whose only letters and digits are ASCII are looked through by an expression;
 * others are cut into tokens. Pairs that the index has not got to are not found here either.
 */
export function asker(db: Database, typed: string): Asker {
  const { indexedTo } = searchState(db)
  const asked = wanted(typed) ?? []
  const patterns = asked.map(patternOf)
  const present = statement<Texts>(db, PRESENT)
  return (pairId) => {
    const texts = pairId > indexedTo ? undefined : present.get(pairId)
    if (!texts) return { yes: false, cost: 1 }
    const columns = [texts.prompt, texts.chosen, texts.rejected]
    if (columns.every(isPlain)) {
      return { yes: asked.every(({ excluded }, i) => columns.some((text) => patterns[i]?.test(text)) !== excluded), cost: 1 }
    }
    return { yes: answers(columns.map(tokens), asked), cost: CUT }
  }
}

/** Finds a word or phrase in a plain text: a phrase is its words with anything but words in between. Null for one that no plain text has. */
function patternOf({ tokens, begins }: Wanted): RegExp | null {
  const words = tokens.map(({ text }) => text)
  if (!words.every((word) => /^[a-z0-9]+$/.test(word))) return null
  return new RegExp(`(?<![A-Za-z0-9])${words.join('[^A-Za-z0-9]+')}${begins ? '' : '(?![A-Za-z0-9])'}`, 'i')
}
