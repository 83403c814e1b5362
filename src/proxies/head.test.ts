import { InferenceSession, Tensor } from 'onnxruntime-node'
import { describe, expect, test } from 'vitest'
import { random } from '../core/random.ts'
import { fitHead, headGraph, headInputs, headMargins } from './head.ts'
import type { ReadDifferences } from './read-differences.ts'
import { rewardModel } from './reward-model.ts'

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x))

/** Pairs whose chosen response is so with the probability that `truth` gives its difference; two pairs a group. */
function dataset(n: number, truth: readonly number[], scale = 1): ReadDifferences & { groups: Uint32Array } {
  const draw = random(`head ${n} ${truth.length}`)
  const width = truth.length
  const values = new Float32Array(n * width)
  for (let pair = 0; pair < n; pair++) {
    const d = Array.from({ length: width }, () => 2 * draw.next() + 2 * draw.next() - 2)
    const margin = d.reduce((sum, value, j) => sum + value * (truth[j] as number), 0)
    const sign = draw.next() < sigmoid(margin) ? 1 : -1
    d.forEach((value, j) => (values[pair * width + j] = sign * value * scale))
  }
  return {
    pairs: n,
    rows: 'differences',
    lengths: new Uint32Array(n).fill(width),
    width,
    values,
    groups: Uint32Array.from({ length: n }, (_, i) => i >> 1),
  }
}
const all = ({ pairs }: { pairs: number }): Uint32Array => Uint32Array.from({ length: pairs }, (_, i) => i)
const TRUTH = [2, -1, 0.5, 0, 0, 1.5]

describe('a Bradley-Terry head on dense numbers', () => {
  test('finds the weights that the pairs were drawn by, at the minimum of its loss', () => {
    const data = dataset(6000, TRUTH)
    const weights = fitHead(data, all(data), { seed: 1, groups: data.groups })
    weights.forEach((weight, j) => expect(Math.abs(weight - (TRUTH[j] as number))).toBeLessThan(0.2))
    // No direction leads down: the slope without the penalty, which is small for so many pairs, is next to nothing.
    const missing = headMargins(weights, data, all(data)).map((margin) => sigmoid(-margin))
    for (let j = 0; j < TRUTH.length; j++) {
      const slope = missing.reduce((sum, share, pair) => sum - share * (data.values[pair * TRUTH.length + j] as number), 0) / data.pairs
      expect(Math.abs(slope)).toBeLessThan(0.01)
    }
  })

  test('depends neither on the scale of its numbers nor on the order of pairs, and is the same each time', () => {
    const [data, large] = [dataset(800, TRUTH), dataset(800, TRUTH, 1000)]
    const margins = headMargins(fitHead(data, all(data), { seed: 1, groups: data.groups }), data, all(data))
    expect(headMargins(fitHead(data, all(data), { seed: 1, groups: data.groups }), data, all(data))).toEqual(margins)
    const ofLarge = headMargins(fitHead(large, all(large), { seed: 1, groups: large.groups }), large, all(large))
    const turned = headMargins(fitHead(data, all(data).reverse(), { seed: 1, groups: data.groups }), data, all(data))
    margins.forEach((margin, i) => {
      expect(Math.abs((ofLarge[i] as number) - margin)).toBeLessThan(5e-3)
      expect(Math.abs((turned[i] as number) - margin)).toBeLessThan(5e-3)
    })
  })

  test('of many numbers that tell nothing keeps held-out margins small', () => {
    const data = dataset(300, new Array<number>(200).fill(0))
    const half = all(data).subarray(0, 150)
    const weights = fitHead(data, half, { seed: 1, groups: data.groups })
    const losses = headMargins(weights, data, all(data).subarray(150)).map((margin) => Math.log1p(Math.exp(-margin)))
    // A coin's loss is ln 2; a head that believes what it remembers loses twice that and more.
    expect(losses.reduce((sum, loss) => sum + loss, 0) / 150).toBeLessThan(1)
  })

  test('its graph gives its margins', async () => {
    const data = dataset(50, TRUTH)
    const weights = Float32Array.from(fitHead(data, all(data), { seed: 1, groups: data.groups }))
    const session = await InferenceSession.create(headGraph('head', weights))
    const { values } = headInputs(data, all(data).reverse())
    const { reward } = await session.run({ values: new Tensor(values.type, values.data, values.dims) })
    const expected = headMargins(weights, data, all(data).reverse())
    expect((reward?.data as Float32Array).length).toBe(50)
    ;(reward?.data as Float32Array).forEach((value, i) => expect(Math.abs(value - (expected[i] as number))).toBeLessThan(1e-5))
    await session.release()
  })
})

test('a reward model’s scale makes its margins log-odds; one whose rewards tell nothing has margins of nothing', () => {
  const telling = dataset(5000, [0.7])
  const [scale = NaN] = rewardModel.fit(telling, all(telling))
  expect(scale).toBeGreaterThan(0.6)
  expect(scale).toBeLessThan(0.8)
  const nothing = dataset(5000, [0])
  expect(Math.abs(rewardModel.fit(nothing, all(nothing))[0] as number)).toBeLessThan(0.1)
  // Rewards that prefer the wrong response are not turned round: the model is taken as it is.
  const wrong = { ...telling, values: telling.values.map((value) => -value) }
  expect(rewardModel.fit(wrong, all(wrong))[0]).toBeGreaterThan(0)
  expect(rewardModel.fit(wrong, all(wrong))[0]).toBeLessThan(0.01)
})
