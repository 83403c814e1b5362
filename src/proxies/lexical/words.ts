/** A word of a text: its lower-case form and its UTF-16 offsets. */
export type Word = { text: string; start: number; end: number }

const WORD = /[\p{L}\p{M}\p{N}]+(?:['’][\p{L}\p{M}]+)*/gu

/** The words of a text in any script that separates words: runs of letters, marks and digits, apostrophes inside kept. */
export function words(text: string): Word[] {
  const found: Word[] = []
  for (const match of text.matchAll(WORD)) {
    found.push({ text: match[0].toLowerCase().replaceAll('’', "'"), start: match.index, end: match.index + match[0].length })
  }
  return found
}

/** An n-gram of a response with the places (indices into its words) where it begins; `size` is 1 or 2. */
export type Ngram = { text: string; size: 1 | 2; at: number[] }

/** The different word 1-grams and 2-grams. */
export function ngrams(list: readonly Word[]): Map<string, Ngram> {
  const found = new Map<string, Ngram>()
  const add = (text: string, size: 1 | 2, at: number): void => {
    const known = found.get(text)
    if (known) known.at.push(at)
    else found.set(text, { text, size, at: [at] })
  }
  for (let i = 0; i < list.length; i++) {
    const word = (list[i] as Word).text
    add(word, 1, i)
    if (i + 1 < list.length) add(`${word} ${(list[i + 1] as Word).text}`, 2, i)
  }
  return found
}
