import type { z } from 'zod'
import type { pooling } from '../../contract/models.ts'

type Pooling = z.infer<typeof pooling>

/** Index of a text's last token among the rows of [texts, tokens, ...]; padding stands behind it. */
export const lastPosition = (dims: readonly number[], text: number, length: number): number => text * (dims[1] as number) + length - 1

/**
 * One vector a text: of [texts, width] as it is; of [texts, tokens, width] the mean over its tokens, or that of its first
 * or last one. `lengths` counts each text's tokens; padding behind them is left out.
 */
export function pooled(data: Float32Array, dims: readonly number[], lengths: readonly number[], how: Pooling): Float32Array[] {
  const width = dims.at(-1) as number
  if (dims.length === 2) return lengths.map((_, text) => data.slice(text * width, (text + 1) * width))
  return lengths.map((length, text) => {
    const first = text * (dims[1] as number)
    const from = how === 'last' ? lastPosition(dims, text, length) : first
    const to = how === 'mean' ? first + length : from + 1
    const sums = new Float64Array(width)
    for (let token = from; token < to; token++)
      for (let j = 0; j < width; j++) sums[j] = (sums[j] as number) + (data[token * width + j] as number)
    return Float32Array.from(sums, (sum) => sum / (to - from))
  })
}

/** A vector of length 1 in the same direction; zero stays zero. */
export function normalised(vector: Float32Array): Float32Array {
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0)) || 1
  return vector.map((value) => value / length)
}
