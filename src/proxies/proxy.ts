import type { ReportFeature } from '../core/report.ts'

/** A pair as a proxy sees it: text alone. */
export type TextPair = { prompt: string; chosen: string; rejected: string }

/** One response with the prompt it answers. */
export type TextResponse = { prompt: string; response: string }

/** A word of a response, by UTF-16 offsets, with what it adds to the response's text reward (log-odds). */
export type TokenPart = { start: number; end: number; value: number }

/**
 * The responses of a list of pairs as every fit and the graph take them, made once: row 2i is pair i's chosen response,
 * row 2i + 1 its rejected one. `lengths` is what each row costs in a batch; rows of like length share one.
 */
export type EncodedPairs = { pairs: number; lengths: Uint32Array }

/** Named input tensors of a proxy's ONNX graph for a batch of responses. */
export type ProxyInputs = Record<string, { type: 'int32'; data: Int32Array; dims: number[] } | { type: 'float32'; data: Float32Array; dims: number[] }>

/** A feature of the fitted model as people read it. */
export type ProxyFeature = ReportFeature

/**
 * A text-only reward model r_t(x, y): the shortcut proxy, which never sees an image. A new proxy is one implementation
 * of this and its entry in `index.ts`. What is stored is scored by the ONNX graph that `toOnnx` gives, through
 * onnxruntime-node; `reward` and `margins` are the same numbers computed here, for explanations and diagnostics.
 */
export type TextProxy<Model, Encoded extends EncodedPairs> = {
  readonly kind: string
  /** `progress` is called with the share done, 0 to 1. */
  encode(pairs: readonly TextPair[], progress?: (share: number) => void): Encoded
  /**
   * Fits the model on some of the encoded pairs, named by their indices in ascending order.
   * @throws RangeError where there is no pair
   */
  fit(encoded: Encoded, pairs: Uint32Array, options: { seed: number; progress?: (share: number) => void }): Model
  /** The scalar text reward of a response, in log-odds. */
  reward(model: Model, response: TextResponse): number
  /** Text margins of encoded pairs, in log-odds. */
  margins(model: Model, encoded: Encoded, pairs: Uint32Array): Float64Array
  /** Additive parts of a response's reward: words, and features of the response as a whole. Their sum is `reward`. */
  explain(model: Model, response: TextResponse): { tokens: TokenPart[]; features: { feature: string; value: number }[] }
  /** The features with the largest mean effect over `pairs`, which `encoded` was made of, strongest first. */
  features(model: Model, encoded: Encoded, pairs: readonly TextPair[], limit: number): ProxyFeature[]
  /** The graph as ONNX: inputs as `inputs` gives them, output `reward`, float32 [batch]. */
  toOnnx(model: Model): Uint8Array
  inputs(model: Model, encoded: Encoded, rows: Uint32Array): ProxyInputs
  /** The model as bytes that `load` takes; together with the ONNX graph this is all that is kept. */
  save(model: Model): Uint8Array
  /** @throws RangeError where the bytes are not of this proxy or of another version */
  load(bytes: Uint8Array): Model
}
