import type { ProxyInputs, TextProxy, TokenPart } from '../proxy.ts'
import { styleScales } from './differences.ts'
import { encodeRows, type LexicalRows } from './encode.ts'
import { BUCKETS, COLUMNS, featuresOf, ngramsByBucket } from './features.ts'
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
const STYLES = STYLE_NAMES.length

/**
 * The lexical proxy: a Bradley-Terry model over hashed word 1-2-grams (presence) and a few features of the response as
 * a whole. Its reward depends on the response alone; the prompt cancels in every margin of a linear model.
 */
export const lexical: TextProxy<LexicalModel, LexicalRows> = {
  kind: 'lexical',

  encode: encodeRows,

  fit({ differences }, pairs, { seed, progress }) {
    if (pairs.length === 0) throw new RangeError('no pair to fit the proxy on')
    const scales = styleScales(differences, pairs)
    return { weights: Float32Array.from(solve(differences, pairs, scales, { ...PENALTY, seed, progress })), scales }
  },

  reward(model, { response }) {
    const { buckets, style } = featuresOf(response)
    let sum = 0
    for (const bucket of buckets) sum += model.weights[bucket] as number
    for (const value of styleParts(model, style)) sum += value
    return sum
  },

  margins({ weights, scales }, { differences: { starts, middles, columns, buckets, style } }, pairs) {
    return Float64Array.from(pairs, (pair) => {
      let margin = 0
      for (let e = starts[pair] as number; e < (starts[pair + 1] as number); e++) {
        const weight = weights[buckets[columns[e] as number] as number] as number
        margin += e < (middles[pair] as number) ? weight : -weight
      }
      for (let s = 0; s < STYLES; s++) {
        margin += ((weights[BUCKETS + s] as number) * (style[pair * STYLES + s] as number)) / (scales[s] as number)
      }
      return margin
    })
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

  inputs,

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

/** What each style feature adds to the reward. */
const styleParts = (model: LexicalModel, style: readonly number[]): number[] =>
  style.map((value, s) => (model.weights[BUCKETS + s] as number) * Math.fround(value / (model.scales[s] as number)))

/** Padded to the longest row; padding has the value 0 and so adds nothing, whatever column it names. */
function inputs({ scales }: LexicalModel, { lengths, starts, buckets, style }: LexicalRows, rows: Uint32Array): ProxyInputs {
  const width = rows.reduce((longest, row) => Math.max(longest, lengths[row] as number), 0)
  const dims = [rows.length, width]
  const indices = new Int32Array(rows.length * width)
  const values = new Float32Array(rows.length * width)
  rows.forEach((row, i) => {
    const list = buckets.subarray(starts[row], starts[row + 1])
    let at = i * width
    indices.set(list, at)
    values.fill(1, at, at + list.length)
    at += list.length
    for (let s = 0; s < STYLES; s++) {
      indices[at] = BUCKETS + s
      values[at++] = (style[row * STYLES + s] as number) / (scales[s] as number)
    }
  })
  return { indices: { type: 'int32', data: indices, dims }, values: { type: 'float32', data: values, dims } }
}
