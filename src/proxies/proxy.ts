import type { ModelKind } from '../contract/models.ts'
import type { Explanation } from '../protocols/scoring.ts'
import type { ReportFeature } from '../core/report/verdict.ts'

/** A pair as a proxy sees it: text alone. */
export type TextPair = { prompt: string; chosen: string; rejected: string }

/** One response with the prompt it answers. */
export type TextResponse = { prompt: string; response: string }

/** A word of a response, by UTF-16 offsets, with what it adds to the response's text reward (log-odds). */
export type TokenPart = { start: number; end: number; value: number }

/** Numbers that a registered model gives for responses, `width` a response: an embedding, or the one reward. */
export type ResponseReader = {
  readonly width: number
  /** Row-major float32 [responses, width]. A response's numbers do not depend on what is read with it, up to 1e-5. */
  read(responses: readonly TextResponse[]): Promise<Float32Array>
}

/** What reading texts may need. `reader` is there where the proxy's `needs` names a kind of model. */
export type EncodingContext = { characters: boolean; reader: ResponseReader | null }

/**
 * Pairs as every fit and the graph take them, made once. Plain data whose arrays lie in shared memory, so that threads
 * fit folds on one copy. `rows` says what row r of the graph's inputs is: the difference of pair r (chosen minus
 * rejected; only a graph that is linear in its inputs can take it), or the chosen (r even) or rejected response of pair
 * r / 2. `lengths` is what each row costs in a batch; rows of like length share one.
 */
export type EncodedPairs = {
  pairs: number
  rows: 'differences' | 'responses'
  lengths: Uint32Array
  /** Share of responses in scripts without spaces between words, where the proxy counts words or characters. */
  unspaced?: number
}

/** Takes pairs batch by batch, so that their texts need not be held, and numbers them in the order they come. */
export type PairEncoding<Encoded> = { add(pairs: readonly TextPair[]): void | Promise<void>; finish(): Encoded }

/** Named input tensors of a proxy's ONNX graph for a batch of rows. */
export type ProxyInputs = Record<
  string,
  { type: 'int32'; data: Int32Array; dims: number[] } | { type: 'float32'; data: Float32Array; dims: number[] }
>

/** A feature of the fitted model as people read it. */
export type ProxyFeature = ReportFeature

export type FitOptions = {
  seed: number
  /** The group of each encoded pair, as a number: an inner split of the fit must not part a group. */
  groups: Uint32Array
  /** Called with the share done, 0 to 1. */
  progress?: ((share: number) => void) | undefined
}

/**
 * A text-only reward model r_t(x, y): the shortcut proxy, which never sees an image. A new proxy is one implementation
 * of this and its entry in `index.ts`; docs/proxies.md leads through it. What is stored is scored by the ONNX graph that
 * `toOnnx` gives, through onnxruntime-node; `margins` are the same numbers computed here, for diagnostics.
 */
export type TextProxy<Model, Encoded extends EncodedPairs> = {
  readonly kind: string
  /** The kind of registered model that it reads with; null for one that needs none. */
  readonly needs: ModelKind | null
  encoding(context: EncodingContext): PairEncoding<Encoded>
  /**
   * Fits the model on some of the encoded pairs. Their order may move the result within its tolerance only; the scan
   * gives one that does not depend on the order of rows in the project.
   * @throws RangeError where there is no pair
   */
  fit(encoded: Encoded, pairs: Uint32Array, options: FitOptions): Model
  /** Text margins of encoded pairs, in log-odds. */
  margins(model: Model, encoded: Encoded, pairs: Uint32Array): Float64Array
  /** What the parts of both responses add to the text margin of a pair. */
  explain(model: Model, pair: TextPair, context: EncodingContext): Explanation | Promise<Explanation>
  /**
   * The features with the largest mean effect over the encoded pairs that are `measured`, strongest first; none where the model has no
   * features that people can read. `texts` gives all pairs again, in the order they were encoded.
   */
  features(
    model: Model,
    encoded: Encoded,
    measured: (pair: number) => boolean,
    texts: () => AsyncIterable<readonly TextPair[]>,
    limit: number,
  ): Promise<ProxyFeature[]>
  /** The graph as ONNX: inputs as `inputs` gives them, output `reward`, float32 [batch]. */
  toOnnx(model: Model): Uint8Array
  inputs(model: Model, encoded: Encoded, rows: Uint32Array): ProxyInputs
  /** The model as bytes that `load` takes; together with the ONNX graph this is all that is kept. */
  save(model: Model): Uint8Array
  /** @throws RangeError where the bytes are not of this proxy or of another version */
  load(bytes: Uint8Array): Model
}
