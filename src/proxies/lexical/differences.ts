import type { LexicalRows } from './encode.ts'
import { BUCKETS } from './features.ts'
import { STYLE_NAMES } from './style.ts'

/**
 * Chosen minus rejected, one row a pair: `columns` starts[i] .. middles[i] - 1 are those that only the chosen response
 * has, middles[i] .. starts[i + 1] - 1 those that only the rejected one has. `style` has STYLE_NAMES.length values a pair.
 *
 * A column is a bucket that differs in some pair. They are numbered by how often they do, so that the weights that nearly
 * every step of a fit touches lie side by side in the processor's cache; `buckets` gives each column's bucket.
 */
export type Differences = { starts: Uint32Array; middles: Uint32Array; columns: Int32Array; buckets: Int32Array; style: Float64Array }

const STYLES = STYLE_NAMES.length

export function differencesOf({ pairs, starts, buckets, style }: Omit<LexicalRows, 'differences'>): Differences {
  const rowStarts = new Uint32Array(pairs + 1)
  const middles = new Uint32Array(pairs)
  const entries = new Int32Array(buckets.length)
  const styles = new Float64Array(pairs * STYLES)
  let filled = 0
  for (let pair = 0; pair < pairs; pair++) {
    const [from, middle, to] = [starts[2 * pair] as number, starts[2 * pair + 1] as number, starts[2 * pair + 2] as number]
    filled = without(buckets, from, middle, middle, to, entries, filled)
    middles[pair] = filled
    filled = without(buckets, middle, to, from, middle, entries, filled)
    rowStarts[pair + 1] = filled
    for (let s = 0; s < STYLES; s++) {
      styles[pair * STYLES + s] = (style[2 * pair * STYLES + s] as number) - (style[(2 * pair + 1) * STYLES + s] as number)
    }
  }
  const differing = entries.slice(0, filled)
  const byFrequency = mostFrequent(differing)
  const columnOf = new Int32Array(BUCKETS)
  byFrequency.forEach((bucket, column) => (columnOf[bucket] = column))
  return { starts: rowStarts, middles, columns: differing.map((bucket) => columnOf[bucket] as number), buckets: byFrequency, style: styles }
}

function mostFrequent(list: Int32Array): Int32Array {
  const counts = new Int32Array(BUCKETS)
  for (const bucket of list) counts[bucket]!++
  return Int32Array.from(counts.keys()).filter((bucket) => counts[bucket] !== 0).sort((a, b) => counts[b]! - counts[a]! || a - b)
}

/** Writes what the ascending list from .. to - 1 has and the ascending list otherFrom .. otherTo - 1 has not; gives the new end. */
function without(list: Int32Array, from: number, to: number, otherFrom: number, otherTo: number, into: Int32Array, end: number): number {
  let j = otherFrom
  for (let i = from; i < to; i++) {
    const value = list[i] as number
    while (j < otherTo && (list[j] as number) < value) j++
    if (j === otherTo || list[j] !== value) into[end++] = value
  }
  return end
}

/** Root mean square of each style feature's difference: what it is divided by, so that the penalty treats all alike. */
export function styleScales({ style }: Differences, pairs: Uint32Array): number[] {
  return Array.from({ length: STYLES }, (_, s) => {
    let sum = 0
    for (const pair of pairs) sum += (style[pair * STYLES + s] as number) ** 2
    return Math.sqrt(sum / pairs.length) || 1
  })
}
