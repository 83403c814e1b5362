/** A unit of a text, a word or a character: its lower-case form and its UTF-16 offsets. */
export type Word = { text: string; start: number; end: number }

const WORD = /[\p{L}\p{M}\p{N}]+(?:['’][\p{L}\p{M}]+)*/gu
const CHARACTER = /\s+|\S/gu

/** The words of a text in any script that separates words: runs of letters, marks and digits, apostrophes inside kept. */
export function words(text: string): Word[] {
  const found: Word[] = []
  for (const match of text.matchAll(WORD)) {
    found.push({ text: match[0].toLowerCase().replaceAll('’', "'"), start: match.index, end: match.index + match[0].length })
  }
  return found
}

/** The characters of a text, for scripts that do not separate words; white space in a row is one blank. */
export function characters(text: string): Word[] {
  const found: Word[] = []
  for (const match of text.matchAll(CHARACTER)) {
    const [unit] = match
    found.push({ text: unit.trim() === '' ? ' ' : unit.toLowerCase(), start: match.index, end: match.index + unit.length })
  }
  return found
}

/** Which n-grams a model counts: those of words, or those of characters. */
export type Units = 'words' | 'characters'

export const UNITS = {
  words: { parts: words, longest: 2, joint: ' ' },
  characters: { parts: characters, longest: 5, joint: '' },
} as const satisfies Record<Units, { parts: (text: string) => Word[]; longest: number; joint: string }>

/** An n-gram of a response with the places (indices into its units) where it begins; `size` counts units. */
export type Ngram = { text: string; size: number; at: number[] }

/** The different 1-grams to 2-grams of words, or 1-grams to 5-grams of characters. */
export function ngrams(list: readonly Word[], units: Units): Map<string, Ngram> {
  const { longest, joint } = UNITS[units]
  const found = new Map<string, Ngram>()
  for (let at = 0; at < list.length; at++) {
    let text = ''
    for (let size = 1; size <= longest && at + size <= list.length; size++) {
      text += (size === 1 ? '' : joint) + (list[at + size - 1] as Word).text
      const known = found.get(text)
      if (known) known.at.push(at)
      else found.set(text, { text, size, at: [at] })
    }
  }
  return found
}
