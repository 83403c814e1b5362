import { random } from '../../core/random.ts'
import type { Differences } from './differences.ts'
import { BUCKETS, COLUMNS } from './features.ts'

/** Stop where no pair's own optimality is off by more than this, in log-odds. */
const TOLERANCE = 0.03
const MAX_PASSES = 200
/** How near a pair's own problem is solved: loosely at first, tighter as the whole comes to rest. */
const INNER = { first: 1e-2, last: 1e-8 }

/**
 * Weights of the Bradley-Terry model: the minimum of sum softplus(-w.d) + |w|^2 / (2 C) over the differences d of some
 * pairs, which is logistic regression without intercept. Solved in the dual by coordinate descent (Yu, Huang & Lin,
 * "Dual coordinate descent methods for logistic regression and maximum entropy models", Machine Learning 85, 2011,
 * algorithm 5): each step touches one pair's few features, and about a dozen passes are enough. The problem is strictly
 * convex, so the weights depend on neither the start nor the order of steps, beyond the tolerance; the order is seeded.
 *
 * @param pairs indices into `differences`, which fix the order that is shuffled
 * @param scales what each style value is divided by
 * @returns one weight for each of `COLUMNS`
 */
export function solve(
  { starts, middles, columns, buckets, style }: Differences,
  pairs: Uint32Array,
  scales: readonly number[],
  { C, seed, progress }: { C: number; seed: number; progress?: ((share: number) => void) | undefined },
): Float64Array {
  const n = pairs.length
  const styles = scales.length
  /** One for each column, then one for each style feature. */
  const weights = new Float64Array(buckets.length + styles)
  const firstStyle = buckets.length
  const scaled = new Float64Array(n * styles)
  const norms = new Float64Array(n)
  // Where a pair stands between "not wrong at all" (0) and "as wrong as can be" (C), from both ends: near an end the
  // difference would lose all its digits.
  const low = new Float64Array(n)
  const high = new Float64Array(n)

  const move = (i: number, by: number): void => {
    const pair = pairs[i] as number
    const middle = middles[pair] as number
    const end = starts[pair + 1] as number
    for (let e = starts[pair] as number; e < middle; e++) weights[columns[e] as number]! += by
    for (let e = middle; e < end; e++) weights[columns[e] as number]! -= by
    for (let s = 0; s < styles; s++) weights[firstStyle + s] = (weights[firstStyle + s] as number) + by * (scaled[i * styles + s] as number)
  }

  for (let i = 0; i < n; i++) {
    const pair = pairs[i] as number
    let norm = (starts[pair + 1] as number) - (starts[pair] as number)
    for (let s = 0; s < styles; s++) {
      const value = (style[pair * styles + s] as number) / (scales[s] as number)
      scaled[i * styles + s] = value
      norm += value * value
    }
    norms[i] = norm
    low[i] = Math.min(0.001 * C, 1e-8)
    high[i] = C - (low[i] as number)
    move(i, low[i] as number)
  }

  const order = Uint32Array.from({ length: n }, (_, i) => i)
  const draw = random(`lexical/${seed}`)
  let inner = INNER.first
  for (let pass = 0; pass < MAX_PASSES; pass++) {
    for (let i = n - 1; i > 0; i--) {
      const j = draw.int(i + 1)
      const swapped = order[i] as number
      order[i] = order[j] as number
      order[j] = swapped
    }
    let worst = 0
    let newtonSteps = 0
    for (let o = 0; o < n; o++) {
      const i = order[o] as number
      const pair = pairs[i] as number
      let margin = 0
      const middle = middles[pair] as number
      const end = starts[pair + 1] as number
      for (let e = starts[pair] as number; e < middle; e++) margin += weights[columns[e] as number] as number
      for (let e = middle; e < end; e++) margin -= weights[columns[e] as number] as number
      for (let s = 0; s < styles; s++) margin += (weights[firstStyle + s] as number) * (scaled[i * styles + s] as number)

      const a = norms[i] as number
      // From the end that the solution lies nearer to.
      const fromLow = 0.5 * a * ((high[i] as number) - (low[i] as number)) + margin >= 0
      const sign = fromLow ? 1 : -1
      const old = (fromLow ? low[i] : high[i]) as number
      let z = C - old < 0.5 * C ? 0.1 * old : old
      let slope = a * (z - old) + sign * margin + Math.log(z / (C - z))
      worst = Math.max(worst, Math.abs(slope))
      let steps = 0
      while (Math.abs(slope) >= inner && steps < 100) {
        const next = z - slope / (a + C / (C - z) / z)
        z = next <= 0 ? 0.1 * z : next
        slope = a * (z - old) + sign * margin + Math.log(z / (C - z))
        steps++
      }
      if (steps > 0) {
        newtonSteps += steps
        low[i] = fromLow ? z : C - z
        high[i] = fromLow ? C - z : z
        move(i, sign * (z - old))
      }
    }
    // The way from a violation of about 1 to the tolerance, by its logarithm.
    progress?.(Math.min(1, Math.max(pass / MAX_PASSES, Math.log(Math.max(1, 1 / worst)) / Math.log(1 / TOLERANCE))))
    if (worst < TOLERANCE) break
    if (newtonSteps <= n / 10) inner = Math.max(INNER.last, 0.1 * inner)
  }
  const found = new Float64Array(COLUMNS)
  buckets.forEach((bucket, column) => (found[bucket] = weights[column] as number))
  found.set(weights.subarray(firstStyle), BUCKETS)
  return found
}
