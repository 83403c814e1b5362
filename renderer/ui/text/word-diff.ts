import { diffArrays } from 'diff'
import { type Span, wordPieces } from '../../../src/core/segments.ts'

export type { Span } from '../../../src/core/segments.ts'

export interface WordDiff {
  /** Where the left text has what the right one has not, in order, apart from each other. */
  left: Span[]
  right: Span[]
  /** Share of the characters of both texts that they have in common: 1 for equal texts, 0 for nothing in common. */
  shared: number
}

/** Edits that are searched for at most: the cost of a diff grows with their square. */
const MOST_EDITS = 1000

/** Compares two texts word by word, in any script. No mark cuts a word or a grapheme. */
export function wordDiff(left: string, right: string): WordDiff {
  const [a, b] = [wordPieces(left), wordPieces(right)]
  const diff: WordDiff = { left: [], right: [], shared: 1 }
  let common = 0
  const at = { left: 0, right: 0 }
  const mark = (side: 'left' | 'right', pieces: readonly string[]) => {
    const from = at[side]
    append(diff[side], from, (at[side] += lengthOf(pieces)))
  }
  for (const step of steps(a, b)) {
    if (!step.common) {
      mark('left', step.left)
      mark('right', step.right)
      continue
    }
    const length = lengthOf(step.left)
    at.left += length
    at.right += length
    common += length
  }
  if (left.length + right.length > 0) diff.shared = (2 * common) / (left.length + right.length)
  return diff
}

/** Pieces that both have, or pieces of either side that the other has not. */
type Step = { common: boolean; left: readonly string[]; right: readonly string[] }

/**
 * Steps from one list to the other. Lists that differ by more than `MOST_EDITS` are cut at the pieces that each has once, in the
 * order that keeps most of them; what stands between two cuts and still differs by more is marked whole.
 */
function* steps(left: readonly string[], right: readonly string[], cut = true): Generator<Step> {
  const found = diffArrays(left as string[], right as string[], { maxEditLength: MOST_EDITS })
  if (found) {
    for (const { value, added, removed } of found)
      yield { common: !added && !removed, left: added ? [] : value, right: removed ? [] : value }
    return
  }
  const anchors = cut ? anchorsOf(left, right) : []
  if (anchors.length === 0) {
    yield { common: false, left, right }
    return
  }
  let from: Anchor = { left: -1, right: -1 }
  for (const to of [...anchors, { left: left.length, right: right.length }]) {
    yield* steps(left.slice(from.left + 1, to.left), right.slice(from.right + 1, to.right), false)
    const anchor = left.slice(to.left, to.left + 1)
    yield { common: true, left: anchor, right: anchor }
    from = to
  }
}

type Anchor = { left: number; right: number }

/** Pieces that stand once in each list: the longest series of them that is in the same order in both. */
function anchorsOf(left: readonly string[], right: readonly string[]): Anchor[] {
  const [inLeft, inRight] = [placesOfSingles(left), placesOfSingles(right)]
  const pairs = [...inLeft].flatMap(([piece, at]): Anchor[] => {
    const other = inRight.get(piece)
    return other === undefined ? [] : [{ left: at, right: other }]
  })
  // Patience sorting: the last anchor of the best series of each length, and what came before each anchor.
  const ends: (Anchor & { before: number })[] = []
  const chain: (Anchor & { before: number })[] = []
  const endAt: number[] = []
  for (const pair of pairs) {
    let [low, high] = [0, ends.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((ends[middle] as Anchor).right < pair.right) low = middle + 1
      else high = middle
    }
    const entry = { ...pair, before: low > 0 ? (endAt[low - 1] as number) : -1 }
    endAt[low] = chain.push(entry) - 1
    ends[low] = entry
  }
  const series: Anchor[] = []
  for (let at = endAt[ends.length - 1] ?? -1; at >= 0; at = (chain[at] as { before: number }).before) series.push(chain[at] as Anchor)
  return series.reverse()
}

function placesOfSingles(pieces: readonly string[]): Map<string, number> {
  const places = new Map<string, number>()
  const repeated = new Set<string>()
  for (const [at, piece] of pieces.entries()) {
    if (places.has(piece)) repeated.add(piece)
    places.set(piece, at)
  }
  for (const piece of repeated) places.delete(piece)
  return places
}

const lengthOf = (pieces: readonly string[]): number => pieces.reduce((sum, piece) => sum + piece.length, 0)

/** Adds a span, joined to the last one where they touch. */
function append(spans: Span[], start: number, end: number): void {
  const last = spans.at(-1)
  if (last && end > start && last.end === start) last.end = end
  else if (end > start) spans.push({ start, end })
}
