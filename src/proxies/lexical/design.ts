import { BUCKETS, type ResponseFeatures } from './features.ts'

/** Feature differences chosen minus rejected, one row a pair, as compressed rows over compacted columns. */
export type Design = {
  rows: number
  /** Row i holds entries starts[i] .. starts[i + 1] - 1. */
  starts: Int32Array
  columns: Int32Array
  values: Float64Array
  /** The model's column (bucket, or BUCKETS + style index) for each compacted one. */
  modelColumns: Int32Array
}

/** Root mean square of each style feature's difference: what it is divided by, so that the penalty treats all alike. */
export function styleScales(pairs: readonly { chosen: ResponseFeatures; rejected: ResponseFeatures }[]): number[] {
  const width = pairs[0]?.chosen.style.length ?? 0
  return Array.from({ length: width }, (_, s) => {
    let sum = 0
    for (const { chosen, rejected } of pairs) sum += ((chosen.style[s] as number) - (rejected.style[s] as number)) ** 2
    return Math.sqrt(sum / pairs.length) || 1
  })
}

/** Walks two ascending lists; calls back with +1 for what only the first holds and -1 for what only the second holds. */
export function eachDifference(a: Int32Array, b: Int32Array, visit: (bucket: number, sign: 1 | -1) => void): void {
  let i = 0
  let j = 0
  while (i < a.length || j < b.length) {
    const left = i < a.length ? (a[i] as number) : Infinity
    const right = j < b.length ? (b[j] as number) : Infinity
    if (left === right) {
      i++
      j++
    } else if (left < right) {
      visit(left, 1)
      i++
    } else {
      visit(right, -1)
      j++
    }
  }
}

export function designOf(pairs: readonly { chosen: ResponseFeatures; rejected: ResponseFeatures }[], scales: readonly number[]): Design {
  const starts = new Int32Array(pairs.length + 1)
  const compact = new Map<number, number>()
  const columns: number[] = []
  const values: number[] = []
  const add = (modelColumn: number, value: number): void => {
    let column = compact.get(modelColumn)
    if (column === undefined) compact.set(modelColumn, (column = compact.size))
    columns.push(column)
    values.push(value)
  }
  pairs.forEach(({ chosen, rejected }, row) => {
    eachDifference(chosen.buckets, rejected.buckets, add)
    scales.forEach((scale, s) => {
      const difference = (chosen.style[s] as number) - (rejected.style[s] as number)
      if (difference !== 0) add(BUCKETS + s, difference / scale)
    })
    starts[row + 1] = columns.length
  })
  return {
    rows: pairs.length,
    starts,
    columns: Int32Array.from(columns),
    values: Float64Array.from(values),
    modelColumns: Int32Array.from(compact.keys()),
  }
}
