import type { ProxyInputs, TextPair, TextProxy, TokenPart } from '../proxy.ts'
import { designOf, styleScales } from './design.ts'
import { BUCKETS, COLUMNS, featuresOf, ngramsByBucket, type ResponseFeatures } from './features.ts'
import { lexicalGraph } from './graph.ts'
import { solve } from './solver.ts'
import { strongest } from './strongest.ts'
import { STYLE_NAMES } from './style.ts'
import { words } from './words.ts'

/** Weights of all columns, in float32 as the graph has them, and what each style feature is divided by. */
export type LexicalModel = { weights: Float32Array; scales: number[] }

/** The default of scikit-learn's LogisticRegression, and as good as any on real data: not tuned to a data set. */
const PENALTY = { C: 1 }

const MAGIC = 'blindfold-lexical-1\n'

/**
 * The lexical proxy: a Bradley-Terry model over hashed word 1-2-grams (presence) and a few features of the response as
 * a whole. Its reward depends on the response alone; the prompt cancels in every margin of a linear model.
 */
export const lexical: TextProxy<LexicalModel> = {
  kind: 'lexical',

  fit(pairs, { progress }) {
    if (pairs.length === 0) throw new RangeError('no pair to fit the proxy on')
    // Sums of floating-point numbers depend on their order: a canonical one makes the result independent of the rows'.
    const ordered = [...pairs].sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : a.id - b.id)).map(featuresOfPair)
    const scales = styleScales(ordered)
    const design = designOf(ordered, scales)
    const solution = solve(design, PENALTY, progress)
    const weights = new Float32Array(COLUMNS)
    design.modelColumns.forEach((column, i) => {
      weights[column] = solution[i] as number
    })
    return { weights, scales }
  },

  reward(model, { response }) {
    const { buckets, style } = featuresOf(response)
    let sum = 0
    for (const bucket of buckets) sum += model.weights[bucket] as number
    for (const value of styleParts(model, style)) sum += value
    return sum
  },

  explain(model, { response }) {
    const list = words(response)
    const tokens: TokenPart[] = list.map(({ start, end }) => ({ start, end, value: 0 }))
    for (const [bucket, sharing] of ngramsByBucket(response)) {
      // A bucket counts once, however many n-grams fall into it and however often they occur: its weight is shared out.
      const places = sharing.flatMap(({ size, at }) => at.flatMap((i) => (size === 1 ? [[i, 1]] : [[i, 0.5], [i + 1, 0.5]])) as [number, number][])
      const total = places.reduce((sum, [, share]) => sum + share, 0)
      for (const [i, share] of places) (tokens[i] as TokenPart).value += ((model.weights[bucket] as number) * share) / total
    }
    const features = styleParts(model, featuresOf(response).style).map((value, s) => ({ feature: STYLE_NAMES[s] as string, value }))
    return { tokens, features }
  },

  features: strongest,

  toOnnx: (model) => lexicalGraph(model.weights),

  inputs(model, batch) {
    const responses = batch.map(({ response }) => featuresOf(response))
    return tensors(model, responses)
  },

  save({ weights, scales }) {
    const header = Buffer.from(`${MAGIC}${JSON.stringify({ buckets: BUCKETS, style: STYLE_NAMES, scales })}\n`)
    return Buffer.concat([header, Buffer.from(weights.buffer, weights.byteOffset, weights.byteLength)])
  },

  load(bytes) {
    const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const end = data.indexOf('\n', MAGIC.length)
    if (data.subarray(0, MAGIC.length).toString() !== MAGIC || end < 0) throw new RangeError('not a lexical proxy of this version')
    const { scales } = JSON.parse(data.subarray(MAGIC.length, end).toString()) as { scales: number[] }
    const weights = new Float32Array(COLUMNS)
    if (data.length - end - 1 !== weights.byteLength) throw new RangeError('the lexical proxy is cut short')
    data.copy(Buffer.from(weights.buffer), 0, end + 1)
    return { weights, scales }
  },
}

const featuresOfPair = ({ chosen, rejected }: TextPair) => ({ chosen: featuresOf(chosen), rejected: featuresOf(rejected) })

/** What each style feature adds to the reward. */
const styleParts = (model: LexicalModel, style: readonly number[]): number[] =>
  style.map((value, s) => (model.weights[BUCKETS + s] as number) * Math.fround(value / (model.scales[s] as number)))

/** Padded to the longest response; padding has the value 0 and so adds nothing, whatever column it names. */
function tensors(model: LexicalModel, responses: readonly ResponseFeatures[]): ProxyInputs {
  const width = Math.max(...responses.map(({ buckets, style }) => buckets.length + style.length))
  const dims = [responses.length, width]
  const indices = new BigInt64Array(responses.length * width)
  const values = new Float32Array(responses.length * width)
  responses.forEach(({ buckets, style }, row) => {
    let at = row * width
    for (const bucket of buckets) {
      indices[at] = BigInt(bucket)
      values[at++] = 1
    }
    style.forEach((value, s) => {
      indices[at] = BigInt(BUCKETS + s)
      values[at++] = value / (model.scales[s] as number)
    })
  })
  return { indices: { type: 'int64', data: indices, dims }, values: { type: 'float32', data: values, dims } }
}

