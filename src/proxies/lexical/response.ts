import { hash32, hashEnd, hashStep, HASH_BASIS } from '../../core/random.ts'
import { BUCKETS, featuresOf } from './features.ts'
import { ASSERTIONS, endsWithPunctuation, HEDGES, LIST_MARKER, QUOTE, STYLES, styleOf } from './style.ts'
import { characters, UNITS, words as wordsOf, type Units, type Word } from './tokens.ts'

/** What an ASCII character is: 0 neither, 1 a letter, 2 a digit. */
const KIND = Uint8Array.from({ length: 128 }, (_, code) =>
  /[A-Za-z]/.test(String.fromCharCode(code)) ? 1 : code >= 48 && code <= 57 ? 2 : 0,
)
const LOWER = Uint8Array.from({ length: 128 }, (_, code) => (code >= 65 && code <= 90 ? code + 32 : code))
const APOSTROPHE = 39
const QUOTATION_MARK = 34
const SPACE = 32
/** Hashes of the words that style features count. */
const TELLING = new Set([...HEDGES, ...ASSERTIONS].map((word) => hash32(word) | 0))
/** `plain`: ASCII alone. */
type Read = { buckets: Int32Array; style: ArrayLike<number>; plain: boolean }

/**
 * A function that gives what `featuresOf` gives; its result holds until its next call. Plain ASCII text, which most is,
 * takes one pass; any other goes the way of `featuresOf`, as characters do but for their hashes.
 */
export function responseReader(units: Units): (text: string) => Read {
  let buckets = new Int32Array(1 << 12)
  const style = new Float64Array(STYLES)
  return (text) => {
    // At most two n-grams a word, and a word every other character; or five n-grams a character.
    const most = units === 'words' ? text.length + 2 : 5 * text.length
    if (buckets.length < most) buckets = new Int32Array(2 * most)
    let filled = 0
    let words = 0
    let hedges = 0
    let assertions = 0
    const plain = eachAsciiWord(text, (one, two, start, end) => {
      if (units === 'words') {
        buckets[filled++] = one & (BUCKETS - 1)
        if (words > 0) buckets[filled++] = two & (BUCKETS - 1)
      }
      words++
      if (TELLING.has(one)) {
        const word = text.slice(start, end).toLowerCase()
        if (HEDGES.has(word)) hedges++
        if (ASSERTIONS.has(word)) assertions++
      }
    })
    if (!plain && units === 'words') return { ...featuresOf(text, units), plain }
    let length = words
    if (units === 'characters') {
      filled = 0
      const list = characters(text)
      length = list.length
      eachCharacterNgram(list, (hash) => (buckets[filled++] = hash & (BUCKETS - 1)))
    }
    const found = distinct(buckets.subarray(0, filled))
    if (!plain) return { buckets: found, style: styleOf(text, wordsOf(text), length), plain }
    style[0] = Math.log1p(length)
    style[1] = Math.log1p(hedges)
    style[2] = Math.log1p(assertions)
    countMarks(text, style)
    return { buckets: found, style, plain }
  }
}

/** Calls back for each 1-gram to 5-gram of characters with its hash and the units that it begins and ends with. */
export function eachCharacterNgram(list: readonly Word[], visit: (hash: number, from: number, to: number) => void): void {
  for (let from = 0; from < list.length; from++) {
    let hash = HASH_BASIS
    for (let to = from; to < Math.min(list.length, from + UNITS.characters.longest); to++) {
      const { text } = list[to] as Word
      for (let i = 0; i < text.length; i++) hash = hashStep(hash, text.charCodeAt(i))
      visit(hashEnd(hash) | 0, from, to)
    }
  }
}

/** The style features that look at single characters of an ASCII text. */
function countMarks(text: string, style: Float64Array): void {
  let commas = 0
  let stops = 0
  let cries = 0
  let breaks = 0
  let digits = 0
  let capitals = 0
  let marks = 0
  let quoted = false
  let lastMark = -1
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code >= 97 || code === SPACE) continue
    if (code >= 65 && code <= 90) capitals++
    else if (code >= 48 && code <= 57) digits++
    else if (code === 44 || code === 59 || code === 58) commas++
    else if (code === 46) stops++
    else if (code === 33 || code === 63) {
      stops++
      cries++
    } else if (code === 10) breaks++
    else if (code === QUOTATION_MARK || code === APOSTROPHE) quoted = true
    else if (code === 35 || code === 96) marks++
    else if (code === 42 || code === 95) {
      // Two of a kind count once, as a regular expression takes them.
      if (lastMark === at - 1 && text.charCodeAt(at - 1) === code) {
        marks++
        lastMark = -1
      } else lastMark = at
    }
  }
  style[3] = Math.log1p(commas)
  style[4] = Math.log1p(stops)
  style[5] = Math.log1p(cries)
  style[6] = endsWithPunctuation(text) ? 1 : 0
  style[7] = Math.log1p(text.match(LIST_MARKER)?.length ?? 0)
  style[8] = Math.log1p(breaks)
  style[9] = Math.log1p(digits)
  style[10] = Math.log1p(capitals)
  style[11] = Math.log1p(marks)
  style[12] = quoted ? Math.log1p(text.match(QUOTE)?.length ?? 0) : 0
}

/**
 * Calls back for each word of a plain ASCII text, as `words` parts it: the hash of the word, that of the 2-gram which it
 * ends (without meaning for the first word), and its offsets. False, perhaps after some calls, where the text holds
 * another character.
 */
export function eachAsciiWord(text: string, visit: (one: number, two: number, start: number, end: number) => void): boolean {
  const length = text.length
  /** Hash state of the word before, with a blank behind it: where the hash of a 2-gram goes on. */
  let before = 0
  for (let at = 0; at < length;) {
    const code = text.charCodeAt(at)
    if (code > 127) return false
    if (KIND[code] === 0) {
      at++
      continue
    }
    const start = at
    let one = HASH_BASIS
    let two = before
    let behindApostrophe = false
    for (; at < length; at++) {
      const next = text.charCodeAt(at)
      if (next > 127) return false
      const kind = KIND[next] as number
      if (kind === 0) {
        if (next !== APOSTROPHE || at + 1 === length || KIND[text.charCodeAt(at + 1)] !== 1) break
        behindApostrophe = true
      } else if (kind === 2 && behindApostrophe) break
      const lower = LOWER[next] as number
      one = hashStep(one, lower)
      two = hashStep(two, lower)
    }
    before = hashStep(one, SPACE)
    visit(hashEnd(one) | 0, hashEnd(two) | 0, start, at)
  }
  return true
}

/** Sorted in place, repeats dropped. */
function distinct(list: Int32Array): Int32Array {
  list.sort()
  let kept = 0
  for (let i = 0; i < list.length; i++) {
    if (kept === 0 || list[i] !== list[kept - 1]) list[kept++] = list[i] as number
  }
  return list.subarray(0, kept)
}
