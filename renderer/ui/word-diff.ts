import { diffWordsWithSpace } from 'diff'

/** A stretch of a text, in UTF-16 code units; `end` is not part of it. */
export interface Span {
  start: number
  end: number
}

export interface WordDiff {
  /** Where the left text has what the right one has not, in order, apart from each other. */
  left: Span[]
  right: Span[]
  /** Share of the characters of both texts that they have in common: 1 for equal texts, 0 for nothing in common. */
  shared: number
}

/** Diffs of long, unlike texts grow with the square of their length; one that takes longer than this marks everything. */
const TIME_LIMIT_MS = 250

/** Compares two texts word by word. */
export function wordDiff(left: string, right: string): WordDiff {
  const parts = diffWordsWithSpace(left, right, { timeout: TIME_LIMIT_MS })
  if (!parts) return { left: whole(left), right: whole(right), shared: 0 }
  const diff: WordDiff = { left: [], right: [], shared: 1 }
  let common = 0
  let atLeft = 0
  let atRight = 0
  for (const { value, added, removed } of parts) {
    if (removed) append(diff.left, atLeft, (atLeft += value.length))
    else if (added) append(diff.right, atRight, (atRight += value.length))
    else {
      atLeft += value.length
      atRight += value.length
      common += value.length
    }
  }
  if (left.length + right.length > 0) diff.shared = (2 * common) / (left.length + right.length)
  return diff
}

const whole = (text: string): Span[] => (text ? [{ start: 0, end: text.length }] : [])

/** Adds a span, joined to the last one where they touch. */
function append(spans: Span[], start: number, end: number): void {
  const last = spans.at(-1)
  if (last?.end === start) last.end = end
  else if (end > start) spans.push({ start, end })
}
