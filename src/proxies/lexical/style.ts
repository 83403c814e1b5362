import type { Word } from './words.ts'

export const HEDGES: ReadonlySet<string> = new Set(
  ('appear appears apparently approximately could guess likely may maybe might perhaps possible possibly presumably probably ' +
    'roughly seem seems seemingly somewhat suggest suggests suggesting typically unclear').split(' '),
)
export const ASSERTIONS: ReadonlySet<string> = new Set(
  'absolutely always certainly clearly completely definitely doubt every exactly indeed never obviously surely undoubtedly'.split(' '),
)
export const LIST_MARKER = /^[ \t]*(?:[-*•]|\d{1,2}[.)])[ \t]+/gm

export const endsWithPunctuation = (text: string): boolean => /[.!?。！？]["'”’)\]]*\s*$/u.test(text)

/** Features of a response as a whole that people can read. Counts are log(1 + n), for their effect flattens out. */
const STYLE: { name: string; of: (text: string, words: readonly Word[]) => number }[] = [
  { name: 'length (words)', of: (_, words) => Math.log1p(words.length) },
  { name: 'hedges', of: (_, words) => Math.log1p(words.filter((word) => HEDGES.has(word.text)).length) },
  { name: 'assertions', of: (_, words) => Math.log1p(words.filter((word) => ASSERTIONS.has(word.text)).length) },
  { name: 'commas', of: (text) => Math.log1p(count(text, /[,;:，、；：]/gu)) },
  { name: 'sentence ends', of: (text) => Math.log1p(count(text, /[.!?。！？]/gu)) },
  { name: 'questions and exclamations', of: (text) => Math.log1p(count(text, /[!?！？]/gu)) },
  { name: 'ends with punctuation', of: (text) => (endsWithPunctuation(text) ? 1 : 0) },
  { name: 'list markers', of: (text) => Math.log1p(count(text, LIST_MARKER)) },
  { name: 'line breaks', of: (text) => Math.log1p(count(text, /\n/g)) },
  { name: 'digits', of: (text) => Math.log1p(count(text, /\p{N}/gu)) },
  { name: 'capital letters', of: (text) => Math.log1p(count(text, /\p{Lu}/gu)) },
  { name: 'emphasis marks', of: (text) => Math.log1p(count(text, /\*\*|__|[#`]/g)) },
]

export const STYLE_NAMES: readonly string[] = STYLE.map((feature) => feature.name)

/** One number for each of `STYLE_NAMES`. */
export const styleOf = (text: string, words: readonly Word[]): number[] => STYLE.map((feature) => feature.of(text, words))

const count = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0
