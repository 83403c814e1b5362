import { type Span, wholeGraphemes } from './segments.ts'

/** What the search knows: a word, an emoji, or, with `cluster`, a letter with its marks in a script without spaces; folded. */
export type Unit = { text: string; cluster: boolean }
/** A unit with its place in a text. */
export type Token = Unit & Span

/** A unit of a text: a letter that stands alone, one that words are made of, what stays with the letter before it, or an emoji. */
const [SIGN, UNSPACED, LETTER, MARK, INVISIBLE, EMOJI] = [0, 1, 2, 3, 4, 5]

/**
 * The classes of characters, by their first code unit's character; the first that fits holds. Scripts that do not separate words
 * are taken letter by letter, so that any part of a sentence is found as a phrase, whatever a dictionary takes for its words.
 * Sara am and half-width voicing marks are letters to Unicode, but stay with the letter before them. Joiners, soft hyphens and
 * variation selectors stand inside of words and are no part of them.
 */
const CLASSES: readonly [kind: number, characters: RegExp][] = [
  [INVISIBLE, /[\u{AD}\u{200C}\u{200D}\u{FE00}-\u{FE0F}\u{E0100}-\u{E01EF}]/v],
  [MARK, /[\p{M}\u{E33}\u{EB3}\u{FF9E}\u{FF9F}]/v],
  [
    UNSPACED,
    /[[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Bopo}\p{scx=Yiii}\p{sc=Thai}\p{sc=Laoo}\p{sc=Khmr}\p{sc=Mymr}\p{sc=Lana}\p{sc=Tale}\p{sc=Talu}\p{sc=Java}\p{sc=Bali}]&&[\p{L}\p{Nl}]]/v,
  ],
  [LETTER, /[\p{L}\p{N}\p{Co}]/v],
  [EMOJI, /[[\p{Emoji_Presentation}\p{Extended_Pictographic}\p{RI}]--[©®™‼⁉]]/v],
]
const classify = (character: string): number => CLASSES.find(([, characters]) => characters.test(character))?.[0] ?? SIGN

/** Classes of the characters of one code unit, looked up once each. */
const known = new Uint8Array(0x10000).fill(255)

function classAt(text: string, at: number): number {
  const unit = text.charCodeAt(at)
  if (unit >= 0xd800 && unit <= 0xdfff) return classify(String.fromCodePoint(text.codePointAt(at) as number))
  const found = known[unit] as number
  return found === 255 ? (known[unit] = classify(text.charAt(at))) : found
}

const DRAWN = String.raw`[\p{Emoji_Presentation}\p{Extended_Pictographic}][\u{FE0E}\u{FE0F}]?\p{Emoji_Modifier}?[\u{E0020}-\u{E007F}]*`
const WHOLE_EMOJI = new RegExp(String.raw`\p{RI}\p{RI}?|${DRAWN}(?:\u{200D}${DRAWN})*`, 'vy')
const KEYCAP = /[0-9#*]\u{FE0F}?\u{20E3}/uy
const MODIFIER = /\p{Emoji_Modifier}/gu
/** After these marks the next letter is written below or around the one before. */
const STACKS = /[\u{1039}\u{17D2}\u{1A60}\u{A9C0}\u{1B44}]/u
const ASCII = /^[\x00-\x7f]*$/
const ASCII_WORD = /[A-Za-z0-9]+/g

/** No letter, digit, mark or emoji beyond ASCII: the tokens are the runs of [A-Za-z0-9]. */
const PLAIN = /^[[\x00-\x7f\p{P}\p{S}\p{Z}]--[[\p{Emoji_Presentation}\p{Extended_Pictographic}\p{RI}]--[©®™‼⁉]]]*$/v
export const isPlain = (text: string): boolean => ASCII.test(text) || PLAIN.test(text)

/**
 * The tokens of a text in their order. An emoji with a skin tone is the emoji and its tone, one after the other in the same place:
 * it is found with and without the tone.
 */
export function tokens(text: string): Token[] {
  const found: Token[] = []
  if (ASCII.test(text)) {
    for (const { 0: word, index } of text.matchAll(ASCII_WORD))
      found.push({ text: word.toLowerCase(), cluster: false, start: index, end: index + word.length })
    return found
  }
  for (let start = 0, end = 0; start < text.length; start = end) {
    const kind = classAt(text, start)
    const emoji = kind === EMOJI ? matchAt(WHOLE_EMOJI, text, start) : isKeycap(text, start) ? matchAt(KEYCAP, text, start) : null
    end = start + (emoji?.length ?? widthAt(text, start))
    if (emoji) for (const part of ofEmoji(emoji)) found.push({ text: part, cluster: false, start, end })
    else if (kind === UNSPACED || kind === LETTER) {
      end = (kind === UNSPACED ? endOfCluster : endOfWord)(text, end)
      found.push({ text: folded(text.slice(start, end)), cluster: kind === UNSPACED, start, end })
    }
  }
  return found
}

const widthAt = (text: string, at: number): number => ((text.codePointAt(at) as number) > 0xffff ? 2 : 1)

function matchAt(pattern: RegExp, text: string, at: number): string | null {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0] ?? null
}

/** A digit or sign in a box, such as 1️⃣. */
function isKeycap(text: string, at: number): boolean {
  const next = text.charCodeAt(at + 1)
  return next === 0x20e3 || (next === 0xfe0f && text.charCodeAt(at + 2) === 0x20e3)
}

function endOfWord(text: string, from: number): number {
  let at = from
  while (at < text.length) {
    const kind = classAt(text, at)
    if (kind !== LETTER && kind !== MARK && kind !== INVISIBLE) break
    if (kind === LETTER && isKeycap(text, at)) break
    at += widthAt(text, at)
  }
  return at
}

function endOfCluster(text: string, from: number): number {
  let at = from
  while (at < text.length) {
    const kind = classAt(text, at)
    if (kind !== MARK && kind !== INVISIBLE && !(kind === UNSPACED && STACKS.test(text.charAt(at - 1)))) break
    at += widthAt(text, at)
  }
  return at
}

/** Stands behind a cluster in the index, before the one that follows. No token has it; with one character it makes three. */
const LINK = '··'

/**
 * The words of a text for an index that takes every character beyond ASCII for part of a word. A cluster goes in together with the
 * one that follows, for single ones are in so many texts that looking for two next to each other would take long.
 */
export const indexed = (text: string): string => linked(tokens(text)).join(' ')

const linked = (units: readonly Unit[]): string[] =>
  units.map(({ text, cluster }, i) => (cluster ? `${text}${LINK}${units[i + 1]?.cluster ? (units[i + 1] as Unit).text : ''}` : text))

/** The words that the index has where a text has what is wanted, one after the other; with `begins`, the last is the beginning of one. */
export function indexedPhrase({ tokens: units, begins }: Wanted): { words: string[]; begins: boolean } {
  const words = linked(units)
  if (!units.at(-1)?.cluster) return { words, begins }
  // Anything may follow the last cluster: the one before holds it, or else every word that begins with it.
  return units.at(-2)?.cluster ? { words: words.slice(0, -1), begins: false } : { words, begins: true }
}

function ofEmoji(piece: string): string[] {
  const plain = piece
    .replace(/[\u{FE0E}\u{FE0F}]/gu, '')
    .replace('#', '＃')
    .replace('*', '＊')
  const bare = plain.replace(MODIFIER, '')
  return [...(bare ? [bare] : []), ...(plain.match(MODIFIER) ?? [])]
}

const FOLDED = /^[a-z0-9\u3041-\u3096\u30a1-\u30fa\u30fc\u3400-\u9fff\uac00-\ud7a3]+$/
const NOT_SHOWN = /[\u{AD}\u{200C}\u{200D}\u{FE00}-\u{FE0F}\u{E0100}-\u{E01EF}]/gu
/** Marks that people leave out when they type: accents, and vowel points of Hebrew and Arabic. Elsewhere a mark makes another letter. */
const OPTIONAL = /([\p{scx=Latn}\p{scx=Grek}\p{scx=Hebr}\p{scx=Arab}])\p{Mn}+/gv
const OF_TOKENS = /^[\p{L}\p{M}\p{N}\p{Co}]+$/u

/** Folded forms of words seen before; so many at most. */
const forms = new Map<string, string>()
const MOST_FORMS = 20_000

/** One form for what is the same word: without case, width, composition, accents and invisible characters. */
function folded(piece: string): string {
  if ((piece.length === 1 && piece >= '\u3400' && piece <= '\u9fff') || FOLDED.test(piece)) return piece
  const known = forms.get(piece)
  if (known !== undefined) return known
  const shown = piece.replace(NOT_SHOWN, '')
  const plain = shown.normalize('NFKD').toLowerCase().replace(OPTIONAL, '$1').replaceAll('ς', 'σ').normalize('NFC')
  // Some letters stand for signs or for several words, such as ½: these stay what they are.
  const form = OF_TOKENS.test(plain) ? plain : shown.normalize('NFC').toLowerCase()
  if (forms.size >= MOST_FORMS) forms.clear()
  forms.set(piece, form)
  return form
}

/** What a search asks for: its tokens one after the other, the last of them perhaps a beginning; where `excluded`, no pair that has it. */
export type Wanted = { tokens: readonly Unit[]; begins: boolean; excluded: boolean }

/**
 * What a person typed: every word must occur, in any order and any of the texts; words in double quotes are a phrase, and so are
 * the parts of a word that has several tokens. A word or phrase after `-` must not occur. The last word that must occur may be
 * the beginning of one, from its third letter on, or its first syllable in Hangul. `null` where nothing was typed, none where
 * what was typed holds no word.
 */
export function wanted(typed: string): Wanted[] | null {
  if (typed.replaceAll('\0', ' ').trim() === '') return null
  const found = Array.from(typed.matchAll(/(-?)["“”]([^"“”]*)["“”]?|[^\s"“”]+/g), ([part, minus, phrase]): Wanted => {
    const excluded = phrase === undefined ? part.startsWith('-') : minus === '-'
    return { tokens: tokens(phrase ?? part), begins: false, excluded }
  }).filter((part) => part.tokens.length > 0)
  const last = found.findLast((part) => !part.excluded)
  if (last) last.begins = maybeBeginning(last.tokens.at(-1)?.text ?? '')
  return found
}

const HANGUL = /^[\uac00-\ud7a3]/
const maybeBeginning = (token: string): boolean => classAt(token, 0) === LETTER && ([...token].length >= 3 || HANGUL.test(token))

/** Whether texts with these tokens have all that is wanted and nothing that is excluded. */
export function answers(columns: readonly (readonly Token[])[], asked: readonly Wanted[]): boolean {
  return asked.every((part) => columns.some((column) => places(column, part).next().value !== undefined) !== part.excluded)
}

/** The numbers of the tokens where the wanted part begins. */
function* places(column: readonly Token[], { tokens: phrase, begins }: Wanted): Generator<number, undefined> {
  for (let at = 0; at + phrase.length <= column.length; at++) {
    let same = 0
    while (
      same < phrase.length &&
      fits((column[at + same] as Token).text, (phrase[same] as Unit).text, begins && same === phrase.length - 1)
    )
      same++
    if (same === phrase.length) yield at
  }
}

const fits = (token: string, asked: string, begins: boolean): boolean => (begins ? token.startsWith(asked) : token === asked)

/** Where a text has what was typed, as whole words and graphemes, in order and apart from each other. */
export function matches(text: string, typed: string): Span[] {
  const asked = wanted(typed)?.filter((part) => !part.excluded) ?? []
  if (asked.length === 0) return []
  const column = tokens(text)
  const spans = asked.flatMap((part) =>
    Array.from(places(column, part), (at) =>
      wholeGraphemes(text, { start: (column[at] as Token).start, end: (column[at + part.tokens.length - 1] as Token).end }),
    ),
  )
  const joined: Span[] = []
  for (const span of spans.sort((a, b) => a.start - b.start)) {
    const last = joined.at(-1)
    if (last && span.start <= last.end) last.end = Math.max(last.end, span.end)
    else joined.push({ ...span })
  }
  return joined
}
