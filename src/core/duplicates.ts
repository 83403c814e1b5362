import { missingImage } from './identity.ts'
import type { Message } from './messages.ts'

/** A pair as it stands now. `images` are content hashes in the order of the prompt, null where one is missing. */
export type ComparedPair = {
  prompt: string
  chosen: string
  rejected: string
  /** Null where prompt and images say it all, as in `canonical`. */
  messages: readonly Message[] | null
  images: readonly (string | { missing: string })[]
}

/** The kinds of repeats that lie between pairs; `near-responses` lies in one pair: see `nearResponses`. */
export const SHARED_KINDS = ['same-pair', 'flipped-twin', 'near-pair', 'same-question'] as const
export type SharedKind = (typeof SHARED_KINDS)[number]

/** Pairs with the same `key` may be repeats; what else that takes, see `isRepeat`. `variant` parts those of one key. */
export type RepeatKey = { key: string; variant: string }

/**
 * What pairs must share to repeat one another, as canonical text:
 *
 * - `same-pair`: question, chosen and rejected.
 * - `flipped-twin`: question and both responses in either order; the variant says which order.
 * - `near-pair`: the folded prompt and responses, and the images; the variant is the pair to the letter.
 * - `same-question`: the question, which is prompt, turns and images.
 *
 * `folded`, where the caller has it already, saves the folding.
 */
export function repeatKey(kind: SharedKind, pair: ComparedPair, folded?: FoldedTexts): RepeatKey {
  const { chosen, rejected } = pair
  const question = questionOf(pair)
  switch (kind) {
    case 'same-pair':
      return { key: text(question, chosen, rejected), variant: '' }
    case 'flipped-twin':
      return chosen < rejected
        ? { key: text(question, chosen, rejected), variant: '<' }
        : { key: text(question, rejected, chosen), variant: '>' }
    case 'near-pair': {
      const near = folded ?? foldedTexts(pair)
      return { key: text(near.prompt, near.chosen, near.rejected, imageNames(pair)), variant: text(question, chosen, rejected) }
    }
    case 'same-question':
      return { key: question, variant: '' }
  }
}

/** Whether pairs of one key repeat one another: twins must point both ways, near pairs must not all be the same. */
export function isRepeat(kind: SharedKind, pairs: number, variants: number): boolean {
  return kind === 'flipped-twin' || kind === 'near-pair' ? variants > 1 : pairs > 1
}

/** The texts of a pair as `fold` leaves them. */
export type FoldedTexts = Pick<ComparedPair, 'prompt' | 'chosen' | 'rejected'>

export function foldedTexts({ prompt, chosen, rejected }: FoldedTexts): FoldedTexts {
  return { prompt: fold(prompt), chosen: fold(chosen), rejected: fold(rejected) }
}

/** Whether chosen and rejected differ only in case, punctuation or white space. */
export function nearResponses({ chosen, rejected }: FoldedTexts): boolean {
  return chosen === rejected
}

/** The canonical text of a question: prompt, turns where they say more, images. */
function questionOf({ prompt, messages, images }: ComparedPair): string {
  const turns = messages?.map(({ role, content }) => [role, ...content.map((part) => (part.type === 'text' ? part.text : null))])
  return JSON.stringify([prompt, imageNames({ images }), ...(turns ? [turns] : [])])
}

const imageNames = ({ images }: Pick<ComparedPair, 'images'>): string[] =>
  images.map((image) => (typeof image === 'string' ? image : missingImage(image.missing)))

const text = (...parts: (string | string[])[]): string => JSON.stringify(parts)

/** All that is punctuation, but for the signs that tell numbers and names apart: 50%, C#, R&D, a@b. */
const PUNCTUATION = String.raw`[[\p{P}\p{Zs}\p{Zl}\p{Zp}\p{Cc}\p{Cf}]--[%#&@]]`
/** A sign or point before a digit, and what stands between two, belongs to the number: -5 is not 5, 1.5 not 15, 3*4 not 3/4. */
const SEPARATORS = new RegExp(String.raw`(?:(?!-?\.?\d|(?<=\d)[\-.,:\/*]\d)${PUNCTUATION})+`, 'gv')
const APOSTROPHE = /(?<=\p{L})['’](?=\p{L})/gu
const ASCII_SEPARATORS = /(?:(?!-?\.?\d|(?<=\d)[-.,:/*]\d)[\x00-\x20!"'()*,\-./:;?[\\\]_{}\x7f])+/g
const ASCII_APOSTROPHE = /(?<=[a-z])'(?=[a-z])/g
const ASCII = /^[\x00-\x7f]*$/

/**
 * Text without what makes no difference to its meaning: Unicode forms (NFKC), case, punctuation and white space.
 * Idempotent. Punctuation inside a number is kept.
 */
export function fold(given: string): string {
  if (ASCII.test(given)) {
    return given.toLowerCase().replace(ASCII_APOSTROPHE, '').replace(ASCII_SEPARATORS, ' ').trim()
  }
  // Upper case first: ß and ss, ς and σ, ı and i are the same letters.
  const plain = given.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC')
  return plain.replace(APOSTROPHE, '').replace(SEPARATORS, ' ').trim()
}
