/**
 * Exponential moving average over about `span` values, without the pull towards zero at the start (divided by the sum of
 * its weights). Gaps (null) stay gaps and do not move it.
 */
export function smooth(values: readonly (number | null)[], span: number): (number | null)[] {
  const keep = Math.max(0, 1 - 2 / (span + 1))
  let sum = 0
  let weight = 0
  return values.map((value) => {
    if (value === null) return null
    sum = keep * sum + value
    weight = keep * weight + 1
    return sum / weight
  })
}
