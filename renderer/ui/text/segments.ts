import { type Span, wholeGraphemes } from '../../../src/core/segments.ts'

/** A stretch of a text that is drawn alike. */
export interface Segment extends Span {
  text: string
  /** The other text has not got it. */
  differs: boolean
  /** What the words here add to the text reward, in log-odds; null where no word is. */
  value: number | null
  /** A search found it. */
  found: boolean
}

/**
 * Cuts a text where a difference, a word with an attribution or a match of a search begins or ends. The segments in order are the text itself.
 * Spans are widened to whole graphemes, for a model's tokens may cut one; values that meet in a grapheme are added there.
 * Spans outside the text are cut to it, so that an attribution of an older text cannot break the page.
 */
export function segments(
  text: string,
  differing: readonly Span[],
  words: readonly (Span & { value: number })[] = [],
  found: readonly Span[] = [],
): Segment[] {
  const whole = <S extends Span>(spans: readonly S[]) => spans.map((span): S => ({ ...span, ...wholeGraphemes(text, span) }))
  const marks = whole(differing)
  const values = whole(words)
  const cuts = new Set([0, text.length])
  for (const { start, end } of [...marks, ...values, ...found]) if (start < end) cuts.add(start).add(end)
  const sorted = [...cuts].sort((a, b) => a - b)
  const result: Segment[] = []
  for (let i = 0; i + 1 < sorted.length; i++) {
    const start = sorted[i] as number
    const end = sorted[i + 1] as number
    const over = (span: Span) => span.start <= start && end <= span.end
    const here = values.filter(over)
    result.push({
      start,
      end,
      text: text.slice(start, end),
      differs: marks.some(over),
      found: found.some(over),
      value: here.length > 0 ? here.reduce((sum, word) => sum + word.value, 0) : null,
    })
  }
  return result
}
