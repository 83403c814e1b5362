import { headGraph, headInputs, headMargins, rootMeanSquare } from './head.ts'
import { occlusion } from './occlusion.ts'
import type { TextProxy } from './proxy.ts'
import { readDifferences, readerOf, type ReadDifferences } from './read-differences.ts'
import { loadWeights, saveWeights } from './saved-weights.ts'

/** Margins of a typical pair that the scale may give, at least and at most, in log-odds. */
const SCALES = { least: 1e-3, most: 30 }
const STEPS = 60

/**
 * A text-only reward model as it is. Its rewards are only known up to their scale, which is fitted: one positive number,
 * so that margins are log-odds. Where its rewards tell nothing, the scale, and with it every margin, is next to nothing.
 */
export const rewardModel = {
  kind: 'reward-model',
  needs: 'reward-model',

  encoding: readDifferences,

  fit(encoded, pairs) {
    if (pairs.length === 0) throw new RangeError('no pair to fit the proxy on')
    const typical = rootMeanSquare(encoded, pairs) || 1
    const differences = headMargins([1], encoded, pairs)
    // Convex in the scale: halve the interval in which the slope of the loss changes its sign.
    let [low, high] = [SCALES.least / typical, SCALES.most / typical]
    for (let step = 0; step < STEPS; step++) {
      const middle = (low + high) / 2
      const slope = differences.reduce((sum, difference) => sum - difference / (1 + Math.exp(middle * difference)), 0)
      if (slope < 0) low = middle
      else high = middle
    }
    return Float32Array.of((low + high) / 2)
  },

  margins: headMargins,

  explain: (scale, pair, context) => occlusion(pair, readerOf(context), ([reward]) => (reward as number) * (scale[0] as number)),

  features: () => Promise.resolve([]),

  toOnnx: (scale) => headGraph('reward-model', scale),

  inputs: (_, encoded, rows) => headInputs(encoded, rows),

  save: (scale) => saveWeights('reward-model', scale),

  load: (bytes) => loadWeights('reward-model', bytes),
} satisfies TextProxy<Float32Array, ReadDifferences>
