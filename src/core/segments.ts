/** A stretch of a text, in UTF-16 code units; `end` is not part of it. */
export type Span = { start: number; end: number }

const WORDS = new Intl.Segmenter('und', { granularity: 'word' })
const GRAPHEMES = new Intl.Segmenter('und', { granularity: 'grapheme' })
/** In these texts every code unit is a grapheme. */
const SINGLE = /^[\x00-\x0c\x0e-\x7f]*$/

/**
 * The words of a text in any script, with the signs and white space between them: pieces that joined are the text again.
 * Words of scripts without spaces come from the dictionary of the platform's ICU. No piece cuts a grapheme.
 */
export function wordPieces(text: string): string[] {
  const pieces: string[] = []
  const cuts = SINGLE.test(text) ? null : graphemeStarts(text)
  for (const { segment, index } of WORDS.segment(text)) {
    if (cuts && !cuts.has(index) && pieces.length > 0) pieces[pieces.length - 1] += segment
    else pieces.push(segment)
  }
  return pieces
}

/** The words of a text, without signs and white space between them. */
export function wordCount(text: string): number {
  let words = 0
  for (const { isWordLike } of WORDS.segment(text)) if (isWordLike) words += 1
  return words
}

/** The start of the first word that begins at or behind a place and before `limit`; else that of the grapheme there. */
export function wordStart(text: string, at: number, limit: number): number {
  const words = WORDS.segment(text)
  for (let place = at; place < limit;) {
    const piece = words.containing(place)
    if (!piece) break
    if (piece.index >= at && piece.segment.trim() !== '') return wholeGraphemes(text, { start: piece.index, end: piece.index + 1 }).start
    place = piece.index + piece.segment.length
  }
  return wholeGraphemes(text, { start: at, end: at + 1 }).start
}

/** The first characters of a text, at most `length` code units and no part of a grapheme. */
export function beginning(text: string, length: number): string {
  if (text.length <= length) return text
  const { start } = wholeGraphemes(text, { start: length, end: length + 1 })
  return text.slice(0, start)
}

function graphemeStarts(text: string): Set<number> {
  return new Set(Array.from(GRAPHEMES.segment(text), ({ index }) => index))
}

/** The smallest span around this one that cuts no grapheme of the text. Places outside the text are cut to it; an empty span stays empty. */
export function wholeGraphemes(text: string, { start, end }: Span): Span {
  const from = Math.min(text.length, Math.max(0, start))
  const to = Math.min(text.length, Math.max(from, end))
  if (from === to || SINGLE.test(text)) return { start: from, end: to }
  const graphemes = GRAPHEMES.segment(text)
  const first = graphemes.containing(from)
  const last = graphemes.containing(to - 1)
  return { start: first?.index ?? from, end: last ? last.index + last.segment.length : to }
}
