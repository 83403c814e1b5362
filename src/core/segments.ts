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
