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
