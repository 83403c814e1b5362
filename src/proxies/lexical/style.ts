import { characters, words, type Units, type Word } from './tokens.ts'

export const HEDGES: ReadonlySet<string> = new Set(
  (
    'appear appears apparently approximately could guess likely may maybe might perhaps possible possibly presumably probably ' +
    'roughly seem seems seemingly somewhat suggest suggests suggesting typically unclear'
  ).split(' '),
)
export const ASSERTIONS: ReadonlySet<string> = new Set(
  'absolutely always certainly clearly completely definitely doubt every exactly indeed never obviously surely undoubtedly'.split(' '),
)
export const LIST_MARKER = /^[ \t\u3000]*(?:(?:[-*•‣◦▪●○·]|\p{Nd}{1,2}[.)])[ \t\u3000]+|\p{Nd}{1,2}[、．）])/gmu

/** Unicode's sentence ends of every script, with the Tibetan ones, which it counts as pauses. */
const SENTENCE_END = /[\p{Sentence_Terminal}\u0f0d-\u0f12]/gu
/** Marks that part a sentence: Unicode's terminal punctuation but for sentence ends, and the Armenian comma. */
const PAUSE = /[[\p{Terminal_Punctuation}\u055d]--\p{Sentence_Terminal}--[\u0f0d-\u0f12]]/gv
/** Question and exclamation marks of every script; Unicode has no property for them. */
const CRY =
  /[!?\u037e\u055c\u055e\u061f\u07f9\u1367\u1944\u1945\u203c\u203d\u2047-\u2049\u2e2e\u2e53\u{a60f}\u{a6f7}\ufe56\ufe57\uff01\uff1f]/gu
/** Quotation marks of every script; an apostrophe within a word is none. */
export const QUOTE = /(?<![\p{L}\p{M}\p{N}])['’‘]|['’‘](?![\p{L}\p{M}\p{N}])|[\p{Quotation_Mark}--['’‘]]/gv
const ENDS_WITH_PUNCTUATION = /[\p{Sentence_Terminal}\u0f0d-\u0f12][\p{Quotation_Mark}\p{Pe}\p{Pf}]*\s*$/u

export const endsWithPunctuation = (text: string): boolean => ENDS_WITH_PUNCTUATION.test(text)

/** Features of a response as a whole that people can read. Counts are log(1 + n), for their effect flattens out. */
const STYLE: { name: string; of: (text: string, words: readonly Word[], length: number) => number }[] = [
  { name: 'length', of: (_text, _words, length) => Math.log1p(length) },
  { name: 'hedges', of: (_, words) => Math.log1p(words.filter((word) => HEDGES.has(word.text)).length) },
  { name: 'assertions', of: (_, words) => Math.log1p(words.filter((word) => ASSERTIONS.has(word.text)).length) },
  { name: 'commas and colons', of: (text) => Math.log1p(count(text, PAUSE)) },
  { name: 'sentence-end marks', of: (text) => Math.log1p(count(text, SENTENCE_END)) },
  { name: 'question and exclamation marks', of: (text) => Math.log1p(count(text, CRY)) },
  { name: 'ends with punctuation', of: (text) => (endsWithPunctuation(text) ? 1 : 0) },
  { name: 'list markers', of: (text) => Math.log1p(count(text, LIST_MARKER)) },
  { name: 'line breaks', of: (text) => Math.log1p(count(text, /\n/g)) },
  { name: 'digits', of: (text) => Math.log1p(count(text, /\p{N}/gu)) },
  { name: 'capital letters', of: (text) => Math.log1p(count(text, /\p{Lu}/gu)) },
  { name: 'Markdown marks', of: (text) => Math.log1p(count(text, /\*\*|__|[#`]/g)) },
  { name: 'quotation marks', of: (text) => Math.log1p(count(text, QUOTE)) },
]

/** How many features there are. */
export const STYLES = STYLE.length

/** Their names; a length counts the units that the model counts. */
export const styleNames = (units: Units): string[] => STYLE.map(({ name }) => (name === 'length' ? `length (${units})` : name))

/** One number for each of `styleNames`. `words` are those of the text; `length` counts its units. */
export const styleOf = (text: string, words: readonly Word[], length: number): number[] =>
  STYLE.map((feature) => feature.of(text, words, length))

/** `styleOf` for a text that is not taken apart yet. */
export function styleIn(text: string, units: Units): number[] {
  const list = words(text)
  return styleOf(text, list, units === 'words' ? list.length : characters(text).length)
}

const count = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0
