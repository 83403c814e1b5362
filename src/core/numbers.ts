const bits = new BigInt64Array(1)
const double = new Float64Array(bits.buffer)

/** The smallest double above a finite number: turns "more than" into "at least". */
export const above = (value: number): number => -below(-value)

/** The largest double below a finite number: turns "less than" into "at most". */
export function below(value: number): number {
  if (value === 0) return -Number.MIN_VALUE
  double[0] = value
  bits[0] = (bits[0] as bigint) + (value > 0 ? -1n : 1n)
  return double[0]
}
