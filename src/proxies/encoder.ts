import { fitHead, headGraph, headInputs, headMargins } from './head.ts'
import { occlusion } from './occlusion.ts'
import type { TextProxy } from './proxy.ts'
import { readDifferences, readerOf, type ReadDifferences } from './read-differences.ts'
import { loadWeights, saveWeights } from './saved-weights.ts'

/**
 * A frozen sentence encoder with a Bradley-Terry head: the reward is a linear function of the normalised embedding of
 * prompt and response, and only that function is fitted. Its graph takes differences of embeddings.
 */
export const encoder = {
  kind: 'encoder',
  needs: 'encoder',

  encoding: readDifferences,

  fit(encoded, pairs, options) {
    if (pairs.length === 0) throw new RangeError('no pair to fit the proxy on')
    return Float32Array.from(fitHead(encoded, pairs, options))
  },

  margins: headMargins,

  explain: (weights, pair, context) =>
    occlusion(pair, readerOf(context), (numbers) => numbers.reduce((sum, value, j) => sum + value * (weights[j] as number), 0)),

  // Directions of an embedding have no names.
  features: () => Promise.resolve([]),

  toOnnx: (weights) => headGraph('encoder', weights),

  inputs: (_, encoded, rows) => headInputs(encoded, rows),

  save: (weights) => saveWeights('encoder', weights),

  load: (bytes) => loadWeights('encoder', bytes),
} satisfies TextProxy<Float32Array, ReadDifferences>
