import { isUnspaced } from '../../core/scripts.ts'

/**
 * A unit of a text, a word or a character: its lower-case form and its UTF-16 offsets. `unspaced`: it was segmented out of a script
 * that writes no spaces between words.
 */
export type Word = { text: string; start: number; end: number; unspaced?: true }

const WORD = /[\p{L}\p{M}\p{N}]+(?:['’][\p{L}\p{M}]+)*/gu
/** A character as people see it: with its marks, a flag, an emoji sequence, a Hangul syllable in parts; or white space in a row. */
const CHARACTER =
  /\s+|[\u{1f1e6}-\u{1f1ff}]{2}|(?:[\u1100-\u115f]+[\u1160-\u11a7]*[\u11a8-\u11ff]*|\S)(?:[\p{M}\p{Emoji_Modifier}]|\u200d\S?)*/gu

/** Dictionaries of ICU, which come with Node and with Electron. */
const segmenter = new Intl.Segmenter('und', { granularity: 'word' })
/** A longer segment is no word of any dictionary: it is taken apart into characters. In UTF-16 units. */
const LONGEST = 20

/**
 * The words of a text: runs of letters, marks and digits, apostrophes inside kept. A run in a script without spaces is segmented by
 * dictionary, so that it is words as well.
 */
export function words(text: string): Word[] {
  const found: Word[] = []
  const unspaced = isUnspaced(text)
  for (const { 0: run, index } of text.matchAll(WORD)) {
    if (unspaced && isUnspaced(run)) segment(run, index, found)
    else found.push({ text: run.toLowerCase().replaceAll('’', "'"), start: index, end: index + run.length })
  }
  return found
}

function segment(run: string, offset: number, into: Word[]): void {
  const from = into.length
  const add = (text: string, at: number) => {
    const before = into.at(-1)
    // A mark belongs to the letter before it, whatever a dictionary says.
    if (into.length > from && before && /^\p{M}/u.test(text)) {
      before.text += text.toLowerCase()
      before.end = at + text.length
    } else into.push({ text: text.toLowerCase(), start: at, end: at + text.length, unspaced: true })
  }
  for (const { segment: piece, index } of segmenter.segment(run)) {
    if (piece.length <= LONGEST || !isUnspaced(piece)) add(piece, offset + index)
    else for (const match of piece.matchAll(CHARACTER)) add(match[0], offset + index + match.index)
  }
}

/** The characters of a text, as people see them; white space in a row is one blank. */
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
  words: { parts: words, longest: 2 },
  characters: { parts: characters, longest: 5 },
} as const satisfies Record<Units, { parts: (text: string) => Word[]; longest: number }>

/** An n-gram of a response with the places (indices into its units) where it begins; `size` counts units. */
export type Ngram = { text: string; size: number; at: number[] }

/** The different 1-grams to 2-grams of words, or 1-grams to 5-grams of characters. Words are joined as their script writes them. */
export function ngrams(list: readonly Word[], units: Units): Map<string, Ngram> {
  const { longest } = UNITS[units]
  const found = new Map<string, Ngram>()
  for (let at = 0; at < list.length; at++) {
    let text = ''
    for (let size = 1; size <= longest && at + size <= list.length; size++) {
      const word = list[at + size - 1] as Word
      text += (size === 1 || units === 'characters' || (word.unspaced && list[at + size - 2]?.unspaced) ? '' : ' ') + word.text
      const known = found.get(text)
      // A pair of words may read as one word elsewhere: the longer reading of the same place adds nothing.
      if (!known) found.set(text, { text, size, at: [at] })
      else if (known.size === size) known.at.push(at)
    }
  }
  return found
}
