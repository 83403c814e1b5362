import { expect, test } from 'vitest'
import { random } from './random.ts'
import { stabilityOf } from './stability.ts'

const draw = random('stability')
const groups = Float64Array.from({ length: 600 }, (_, i) => i)
const margins = Float64Array.from(groups, () => draw.normal() + 1)

test('seeds that say the same move nothing', () => {
  const found = stabilityOf(
    [0, 1, 2].map((seed) => ({ seed, margins })),
    groups,
    5,
  )
  expect(found).toMatchObject({ pairs: 600, topTenth: { mean: 1, worst: 1 }, sameSide: 1 })
  expect(found.rank.worst).toBeCloseTo(1, 12)
  expect(found.sentence).toMatch(/^The verdict is stable.*hardly changes/)
})

test('seeds that say what chance says move everything', () => {
  const found = stabilityOf(
    [0, 1, 2, 3].map((seed) => ({ seed, margins: Float64Array.from(groups, () => draw.normal() + (seed === 3 ? 3 : 0)) })),
    groups,
    5,
  )
  expect(Math.abs(found.rank.mean)).toBeLessThan(0.15)
  expect(found.topTenth.mean).toBeLessThan(0.25)
  expect(found.rank.worst).toBeLessThanOrEqual(found.rank.mean)
  expect(found.sentence).toMatch(/^The verdict depends on the seed.*single ranks are unreliable/)
})

test('the tenth that is compared is that of the largest text margins', () => {
  const one = margins.map((_, i) => (i < 60 ? 3 : 1))
  const other = margins.map((_, i) => (i >= 30 && i < 90 ? 3 : 1))
  const found = stabilityOf(
    [
      { seed: 0, margins: one },
      { seed: 1, margins: other },
    ],
    groups,
    5,
  )
  expect(found.topTenth.mean).toBe(0.5)
  expect(found.sameSide).toBe(1)
})
