import { InferenceSession, Tensor } from 'onnxruntime-node'
import type { AnyProxy } from '../proxies/index.ts'
import type { TextResponse } from '../proxies/proxy.ts'

const BATCH = 512

/**
 * Text rewards of many responses by a proxy's ONNX graph, in their order. Responses of like length share a batch, so
 * that little is padded; padding does not change a score.
 */
export async function rewards(
  graph: Uint8Array,
  proxy: AnyProxy,
  model: unknown,
  responses: readonly TextResponse[],
  onBatch: (done: number) => void = () => {},
): Promise<Float64Array> {
  const session = await InferenceSession.create(graph)
  try {
    const order = Uint32Array.from(responses.keys()).sort(
      (a, b) => (responses[a] as TextResponse).response.length - (responses[b] as TextResponse).response.length || a - b,
    )
    const result = new Float64Array(responses.length)
    for (let from = 0; from < order.length; from += BATCH) {
      const rows = order.subarray(from, from + BATCH)
      const inputs = proxy.inputs(model, Array.from(rows, (row) => responses[row] as TextResponse))
      const feeds = Object.fromEntries(Object.entries(inputs).map(([name, { type, data, dims }]) => [name, new Tensor(type, data, dims)]))
      const { reward } = await session.run(feeds)
      const values = reward?.data as Float32Array
      rows.forEach((row, i) => {
        result[row] = values[i] as number
      })
      onBatch(from + rows.length)
    }
    return result
  } finally {
    await session.release()
  }
}
