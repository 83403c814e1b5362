import { matches } from '../../../src/core/search-words.ts'
import { beginning, wordStart } from '../../../src/core/segments.ts'

/** How much of what both texts begin with is still shown before the first difference, or before a match of the search. */
const LEAD = 16
/** A common beginning up to this long is shown whole. */
const SHORT = 28
/** A match is moved to where it can be seen if it is farther than this from the start. */
const IN_SIGHT = 48
/** Only so many characters are looked at: a list must not read long texts to their end. */
const LOOKED_AT = 2000

/**
 * One line of `text` that shows where it first differs from `other`, or what the search found; a long beginning before that is left
 * out. It begins with a whole word.
 */
export function snippet(text: string, other: string, search = ''): string {
  const line = lineOf(text)
  const against = lineOf(other)
  let same = 0
  while (same < line.length && line[same] === against[same]) same++
  let from = same <= SHORT || same === line.length ? 0 : wordStart(line, same - LEAD, same)
  const match = search === '' ? undefined : matches(line, search)[0]
  if (match && (match.start < from || match.start > from + IN_SIGHT))
    from = match.start <= SHORT ? 0 : wordStart(line, match.start - LEAD, match.start)
  return from === 0 ? line : `… ${line.slice(from)}`
}

/** A text in one line, as far as it is looked at. */
export const lineOf = (text: string, length = LOOKED_AT): string => beginning(text, length).replace(/\s+/g, ' ').trim()
