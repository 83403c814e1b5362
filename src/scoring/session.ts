import { InferenceSession, Tensor } from 'onnxruntime-node'
import type { AnyProxy } from '../proxies/index.ts'
import type { EncodedPairs } from '../proxies/proxy.ts'

/** Entries of a batch, padding included: few enough to stay in a processor's cache, many enough to be worth a call. */
const BATCH_ENTRIES = 1 << 17

/** Held-out text margins of encoded pairs by a proxy's ONNX graph, in their order. */
export async function heldOutMargins(
  graph: Uint8Array,
  proxy: AnyProxy,
  model: unknown,
  encoded: EncodedPairs,
  pairs: Uint32Array,
  onBatch: (pairs: number) => void = () => {},
): Promise<Float64Array> {
  if (encoded.rows === 'differences') return rewards(graph, proxy, model, encoded, pairs, onBatch)
  const rows = new Uint32Array(2 * pairs.length)
  pairs.forEach((pair, i) => rows.set([2 * pair, 2 * pair + 1], 2 * i))
  const scored = await rewards(graph, proxy, model, encoded, rows, (done) => onBatch(Math.floor(done / 2)))
  return Float64Array.from(pairs, (_, i) => (scored[2 * i] as number) - (scored[2 * i + 1] as number))
}

/**
 * Text rewards of rows of `encoded` by a proxy's ONNX graph, in the order of `rows`. Rows of like length share a batch,
 * so that little is padded; padding does not change a score.
 */
export async function rewards(
  graph: Uint8Array,
  proxy: AnyProxy,
  model: unknown,
  encoded: EncodedPairs,
  rows: Uint32Array,
  onBatch: (done: number) => void = () => {},
): Promise<Float64Array> {
  // Such graphs are a few look-ups and sums: more threads only wait for one another.
  const session = await InferenceSession.create(graph, { intraOpNumThreads: 1 })
  try {
    const lengthOf = (i: number): number => encoded.lengths[rows[i] as number] as number
    const order = Uint32Array.from(rows.keys()).sort((a, b) => lengthOf(a) - lengthOf(b) || a - b)
    const result = new Float64Array(rows.length)
    for (let from = 0; from < order.length;) {
      let to = from + 1
      while (to < order.length && (to + 1 - from) * lengthOf(order[to] as number) <= BATCH_ENTRIES) to++
      const places = order.subarray(from, to)
      const inputs = proxy.inputs(
        model,
        encoded,
        places.map((place) => rows[place] as number),
      )
      const feeds = Object.fromEntries(Object.entries(inputs).map(([name, { type, data, dims }]) => [name, new Tensor(type, data, dims)]))
      const { reward } = await session.run(feeds)
      const values = reward?.data as Float32Array
      places.forEach((place, i) => {
        result[place] = values[i] as number
      })
      onBatch(to)
      from = to
    }
    return result
  } finally {
    await session.release()
  }
}
