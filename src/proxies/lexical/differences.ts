import { isUnspaced } from '../../core/scripts.ts'
import type { EncodedPairs, PairEncoding, TextPair } from '../proxy.ts'
import { Growing } from '../growing.ts'
import { BUCKETS } from './features.ts'
import { responseReader } from './response.ts'
import { STYLES } from './style.ts'
import type { Units } from './tokens.ts'

/**
 * Chosen minus rejected, one row a pair: `columns` starts[i] .. middles[i] - 1 are those that only the chosen response
 * has, middles[i] .. starts[i + 1] - 1 those that only the rejected one has. `style` has STYLES values a pair.
 *
 * A column is a bucket that differs in some pair. They are numbered by how often they do, so that the weights that nearly
 * every step of a fit touches lie side by side in the processor's cache; `buckets` gives each column's bucket.
 */
export type Differences = EncodedPairs & {
  units: Units
  starts: Uint32Array
  middles: Uint32Array
  columns: Int32Array
  buckets: Int32Array
  style: Float32Array
}

/** Reads pairs batch by batch and keeps how their responses differ, about 4 bytes for each n-gram that only one has. */
export function differences(units: Units): PairEncoding<Differences> {
  const read = [responseReader(units), responseReader(units)] as const
  const ends = new Growing(Uint32Array)
  const middles = new Growing(Uint32Array)
  const columns = new Growing(Int32Array)
  const style = new Growing(Float32Array)
  const counts = new Int32Array(BUCKETS)
  const styleOfPair = new Float32Array(STYLES)
  let only = new Int32Array(1 << 12)
  let unspaced = 0
  ends.push(0)

  const addPair = ({ chosen, rejected }: TextPair): void => {
    const good = read[0](chosen)
    const bad = read[1](rejected)
    if (!good.plain && isUnspaced(chosen)) unspaced++
    if (!bad.plain && isUnspaced(rejected)) unspaced++
    if (only.length < good.buckets.length + bad.buckets.length) only = new Int32Array(2 * (good.buckets.length + bad.buckets.length))
    const middle = without(good.buckets, bad.buckets, only, 0)
    const end = without(bad.buckets, good.buckets, only, middle)
    for (let e = 0; e < end; e++) counts[only[e] as number]!++
    middles.push(columns.length + middle)
    columns.append(only.subarray(0, end))
    ends.push(columns.length)
    for (let s = 0; s < STYLES; s++) styleOfPair[s] = (good.style[s] as number) - (bad.style[s] as number)
    style.append(styleOfPair)
  }

  return {
    add: (pairs) => pairs.forEach(addPair),
    finish() {
      const starts = ends.finish()
      const pairs = starts.length - 1
      const buckets = shared(
        Int32Array.from(counts.keys())
          .filter((bucket) => counts[bucket] !== 0)
          .sort((a, b) => counts[b]! - counts[a]! || a - b),
      )
      const columnOf = new Int32Array(BUCKETS)
      buckets.forEach((bucket, column) => (columnOf[bucket] = column))
      const entries = columns.finish()
      for (let e = 0; e < entries.length; e++) entries[e] = columnOf[entries[e] as number] as number
      const lengths = new Uint32Array(new SharedArrayBuffer(4 * pairs))
      for (let i = 0; i < pairs; i++) lengths[i] = (starts[i + 1] as number) - (starts[i] as number) + STYLES
      return {
        pairs,
        rows: 'differences',
        unspaced: pairs === 0 ? 0 : unspaced / (2 * pairs),
        lengths,
        units,
        starts,
        middles: middles.finish(),
        columns: entries,
        buckets,
        style: style.finish(),
      }
    },
  }
}

function shared(list: Int32Array): Int32Array {
  const copy = new Int32Array(new SharedArrayBuffer(list.byteLength))
  copy.set(list)
  return copy
}

/** Writes what an ascending list has and the other has not; gives the new end. */
function without(list: Int32Array, other: Int32Array, into: Int32Array, end: number): number {
  let j = 0
  for (let i = 0; i < list.length; i++) {
    const value = list[i] as number
    while (j < other.length && (other[j] as number) < value) j++
    if (j === other.length || other[j] !== value) into[end++] = value
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
