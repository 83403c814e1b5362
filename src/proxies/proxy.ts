import type { ReportFeature } from '../core/report.ts'

/** A pair as a proxy sees it: text alone. `id` is any number that tells pairs apart, `key` a hash of the texts. */
export type TextPair = { id: number; key: string; prompt: string; chosen: string; rejected: string }

/** One response with the prompt it answers. */
export type TextResponse = { prompt: string; response: string }

/** A word of a response, by UTF-16 offsets, with what it adds to the response's text reward (log-odds). */
export type TokenPart = { start: number; end: number; value: number }

/** Named input tensors of a proxy's ONNX graph for a batch of responses. */
export type ProxyInputs = Record<string, { type: 'int64'; data: BigInt64Array; dims: number[] } | { type: 'float32'; data: Float32Array; dims: number[] }>

/** A feature of the fitted model as people read it. */
export type ProxyFeature = ReportFeature

/**
 * A text-only reward model r_t(x, y): the shortcut proxy, which never sees an image. A new proxy is one implementation
 * of this and its entry in `index.ts`. What is stored is scored by the ONNX graph that `toOnnx` gives, through
 * onnxruntime-node; `reward` is the same number computed here, for explanations and tests.
 */
export type TextProxy<Model> = {
  readonly kind: string
  /**
   * Fits the model. The order of pairs must not matter. `progress` is called with the share done, 0 to 1.
   * @throws RangeError where there is no pair
   */
  fit(pairs: readonly TextPair[], options: { seed: number; progress?: (share: number) => void }): Model
  /** The scalar text reward of a response, in log-odds. */
  reward(model: Model, response: TextResponse): number
  /** Additive parts of a response's reward: words, and features of the response as a whole. Their sum is `reward`. */
  explain(model: Model, response: TextResponse): { tokens: TokenPart[]; features: { feature: string; value: number }[] }
  /** The features with the largest mean effect over `pairs`, strongest first. */
  features(model: Model, pairs: readonly TextPair[], limit: number): ProxyFeature[]
  /** The graph as ONNX: inputs as `inputs` gives them, output `reward`, float32 [batch]. */
  toOnnx(model: Model): Uint8Array
  inputs(model: Model, batch: readonly TextResponse[]): ProxyInputs
  /** The model as bytes that `load` takes; together with the ONNX graph this is all that is kept. */
  save(model: Model): Uint8Array
  /** @throws RangeError where the bytes are not of this proxy or of another version */
  load(bytes: Uint8Array): Model
}
