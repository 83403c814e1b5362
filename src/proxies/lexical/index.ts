import type { Explanation } from '../../protocols/scoring.ts'
import type { ProxyInputs, TextProxy, TokenPart } from '../proxy.ts'
import { differences, styleScales, type Differences } from './differences.ts'
import { BUCKETS, COLUMNS, featuresOf, ngramsByBucket } from './features.ts'
import { lexicalGraph } from './graph.ts'
import { solve } from './solver.ts'
import { strongest, type LexicalModel } from './strongest.ts'
import { STYLES, styleNames } from './style.ts'
import { UNITS, type Units } from './tokens.ts'

/**
 * The default of scikit-learn's LogisticRegression, and as good as any on real data of some hundred to some thousand
 * pairs: not tuned to a data set. From 20,000 pairs on the penalty grows with them, so that it stays the same beside the
 * *mean* loss. Where pairs are about as many as columns, a fixed one lets the model remember noise and be sure of it (held-out
 * loss of 300,000 made-up pairs: 1.47 nats for 0.77), and a fit of n pairs takes passes in proportion to n.
 */
const penaltyOf = (pairs: number) => ({ C: Math.min(1, 20_000 / pairs) })

const MAGIC = 'blindfold-lexical-3\n'

/**
 * The lexical proxy: a Bradley-Terry model over hashed word 1-2-grams or character 1-5-grams (presence) and a few
 * features of the response as a whole. Its reward depends on the response alone; the prompt cancels in every margin of
 * a linear model.
 */
export const lexical = {
  kind: 'lexical',
  needs: null,

  encoding: ({ characters }) => differences(characters ? 'characters' : 'words'),

  fit(encoded, pairs, { seed, progress }) {
    if (pairs.length === 0) throw new RangeError('no pair to fit the proxy on')
    const scales = styleScales(encoded, pairs)
    return {
      units: encoded.units,
      weights: Float32Array.from(solve(encoded, pairs, scales, { ...penaltyOf(pairs.length), seed, progress })),
      scales,
    }
  },

  margins({ weights, scales }, { starts, middles, columns, buckets, style }, pairs) {
    const ofColumn = Float32Array.from(buckets, (bucket) => weights[bucket] as number)
    return Float64Array.from(pairs, (pair) => {
      let margin = 0
      const middle = middles[pair] as number
      const end = starts[pair + 1] as number
      for (let e = starts[pair] as number; e < middle; e++) margin += ofColumn[columns[e] as number] as number
      for (let e = middle; e < end; e++) margin -= ofColumn[columns[e] as number] as number
      for (let s = 0; s < STYLES; s++) {
        margin += ((weights[BUCKETS + s] as number) * (style[pair * STYLES + s] as number)) / (scales[s] as number)
      }
      return margin
    })
  },

  explain(model, pair): Explanation {
    const good = responseParts(model, pair.chosen)
    const bad = responseParts(model, pair.rejected)
    const names = styleNames(model.units)
    const features = good.style.map((value, s) => ({ feature: names[s] as string, value: value - (bad.style[s] as number) }))
    const textMargin = lexicalReward(model, pair.chosen) - lexicalReward(model, pair.rejected)
    return { method: 'additive', chosen: good.tokens, rejected: bad.tokens, features, textMargin }
  },

  features: strongest,

  toOnnx: (model) => lexicalGraph(model.weights),

  inputs,

  save({ units, weights, scales }) {
    const header = Buffer.from(`${MAGIC}${JSON.stringify({ units, buckets: BUCKETS, style: styleNames(units), scales })}\n`)
    return Buffer.concat([header, Buffer.from(weights.buffer, weights.byteOffset, weights.byteLength)])
  },

  load(bytes) {
    const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const end = data.indexOf('\n', MAGIC.length)
    if (data.subarray(0, MAGIC.length).toString() !== MAGIC || end < 0)
      throw new RangeError('this proxy was fitted by another version of Blindfold: run the blind test again')
    const { units, scales } = JSON.parse(data.subarray(MAGIC.length, end).toString()) as { units: Units; scales: number[] }
    const weights = new Float32Array(COLUMNS)
    if (data.length - end - 1 !== weights.byteLength) throw new RangeError('the lexical proxy is truncated')
    data.copy(Buffer.from(weights.buffer), 0, end + 1)
    return { units, weights, scales }
  },
} satisfies TextProxy<LexicalModel, Differences>

/** The scalar text reward of a response, in log-odds. */
export function lexicalReward(model: LexicalModel, response: string): number {
  const { buckets, style } = featuresOf(response, model.units)
  let sum = 0
  for (const bucket of buckets) sum += model.weights[bucket] as number
  for (const value of styleParts(model, style)) sum += value
  return sum
}

/** Parts of a response's reward, which they add up to: its words or characters, and each style feature. */
function responseParts(model: LexicalModel, response: string): { tokens: TokenPart[]; style: number[] } {
  const tokens: TokenPart[] = UNITS[model.units].parts(response).map(({ start, end }) => ({ start, end, value: 0 }))
  for (const [bucket, sharing] of ngramsByBucket(response, model.units)) {
    // A bucket counts once, however many n-grams fall into it and however often they occur: its weight is shared out.
    const places = sharing.reduce((sum, { at }) => sum + at.length, 0)
    for (const { size, at } of sharing) {
      const share = (model.weights[bucket] as number) / (places * size)
      for (const first of at) for (let i = first; i < first + size; i++) (tokens[i] as TokenPart).value += share
    }
  }
  return { tokens, style: styleParts(model, featuresOf(response, model.units).style) }
}

/** What each style feature adds to the reward. */
const styleParts = (model: LexicalModel, style: readonly number[]): number[] =>
  style.map((value, s) => (model.weights[BUCKETS + s] as number) * Math.fround(value / (model.scales[s] as number)))

/** The differences of pairs, padded to the longest; padding has the value 0 and so adds nothing, whatever column it names. */
function inputs(
  { scales }: LexicalModel,
  { lengths, starts, middles, columns, buckets, style }: Differences,
  rows: Uint32Array,
): ProxyInputs {
  const width = rows.reduce((longest, row) => Math.max(longest, lengths[row] as number), 0)
  const dims = [rows.length, width]
  const indices = new Int32Array(rows.length * width)
  const values = new Float32Array(rows.length * width)
  rows.forEach((row, i) => {
    let at = i * width
    const middle = middles[row] as number
    for (let e = starts[row] as number; e < (starts[row + 1] as number); e++) {
      indices[at] = buckets[columns[e] as number] as number
      values[at++] = e < middle ? 1 : -1
    }
    for (let s = 0; s < STYLES; s++) {
      indices[at] = BUCKETS + s
      values[at++] = (style[row * STYLES + s] as number) / (scales[s] as number)
    }
  })
  return { indices: { type: 'int32', data: indices, dims }, values: { type: 'float32', data: values, dims } }
}
