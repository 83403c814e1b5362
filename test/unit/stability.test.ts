import { expect, test } from 'vitest'
import { random } from '../../src/core/random.ts'
import { stabilityOf } from '../../src/core/stability.ts'

const draw = random('stability')
const groups = Float64Array.from({ length: 600 }, (_, i) => i)
const none = new Float64Array(600).fill(Number.NaN)
const margins = Float64Array.from(groups, () => draw.normal() + 1)

test('seeds that say the same move nothing', () => {
  const found = stabilityOf([0, 1, 2].map((seed) => ({ seed, margins })), groups, none, 5)
  expect(found).toMatchObject({ pairs: 600, lowestTenth: { mean: 1, worst: 1 }, sameSide: 1 })
  expect(found.rank.worst).toBeCloseTo(1, 12)
  expect(found.sentence).toMatch(/^The verdict stands.*hardly moves/)
})

test('seeds that say what chance says move everything', () => {
  const found = stabilityOf([0, 1, 2, 3].map((seed) => ({ seed, margins: Float64Array.from(groups, () => draw.normal() + (seed === 3 ? 3 : 0)) })), groups, none, 5)
  expect(Math.abs(found.rank.mean)).toBeLessThan(0.15)
  expect(found.lowestTenth.mean).toBeLessThan(0.25)
  expect(found.rank.worst).toBeLessThanOrEqual(found.rank.mean)
  expect(found.sentence).toMatch(/^The verdict hangs on the seed.*do not rely on single ranks/)
})

test('the lowest tenth goes by the SFC with the MM-RM, where there is one', () => {
  const flat = new Float64Array(600).fill(1)
  // By the text alone all pairs are alike; the MM-RM fails on the last 60, which makes their SFC the lowest.
  const mm = flat.map((_, i) => (i < 540 ? 3 : -3))
  const other = flat.map((_, i) => (i < 540 ? 1.01 : 1))
  const found = stabilityOf([{ seed: 0, margins: flat }, { seed: 1, margins: other }], groups, mm, 5)
  expect(found.lowestTenth.mean).toBe(1)
  expect(found.sameSide).toBe(1)
})
