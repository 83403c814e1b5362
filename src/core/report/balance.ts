import { crossFitted, groupAccuracy, type Estimate } from '../statistics.ts'
import type { Scored } from './scored.ts'

/** Differences of lengths that count as alike: a factor of the square root of two. */
const binOf = (difference: number): number => Math.floor(2 * Math.log2(Math.abs(difference)))

/**
 * Accuracy where length tells nothing: within each bin of |difference in characters| as many pairs with the longer response chosen
 * count as with the shorter one, by weights. Whoever goes by length alone is right in exactly one half. Null where no bin has both.
 */
export function lengthBalanced(
  { n, numbers }: Scored,
  { seed, folds }: { seed: number; folds: number },
): { accuracy: Estimate; pairs: number } | null {
  const difference = Float64Array.from({ length: n }, (_, i) => (numbers.chosenLength[i] as number) - (numbers.rejectedLength[i] as number))
  const counts = new Map<number, { longer: number; shorter: number }>()
  for (const d of difference) {
    if (d === 0) continue
    const bin = counts.get(binOf(d)) ?? { longer: 0, shorter: 0 }
    counts.set(binOf(d), bin)
    bin[d > 0 ? 'longer' : 'shorter']++
  }
  const weights = difference.map((d) => {
    const bin = counts.get(binOf(d))
    if (d === 0 || !bin) return 0
    return Math.min(bin.longer, bin.shorter) / (d > 0 ? bin.longer : bin.shorter)
  })
  const pairs = 2 * [...counts.values()].reduce((sum, { longer, shorter }) => sum + Math.min(longer, shorter), 0)
  return pairs === 0
    ? null
    : { accuracy: groupAccuracy(numbers.margin, numbers.group, seed, { weights, spread: crossFitted(folds) }), pairs }
}
