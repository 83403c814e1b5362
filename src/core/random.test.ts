import fc from 'fast-check'
import { expect, test } from 'vitest'
import { random } from './random.ts'

test('the first numbers of a seed never change: stored projects depend on them', () => {
  const rng = random('blindfold')
  expect([rng.next(), rng.next(), rng.int(1000)]).toEqual([0.4082592048216611, 0.33584246784448624, 615])
  expect(rng.normal()).toBeCloseTo(-0.2293932379117777, 12)
})

test('one seed gives one stream, another seed another', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (a, b) => {
      const draw = (seed: string): number[] => Array.from({ length: 4 }, random(seed).next)
      expect(draw(a)).toEqual(draw(a))
      if (a !== b) expect(draw(a)).not.toEqual(draw(b))
    }),
  )
})

test('the numbers are uniform, also over consecutive seeds', () => {
  const streams = [Array.from({ length: 20_000 }, random(1).next), Array.from({ length: 20_000 }, (_, i) => random(i).next())]
  for (const values of streams) {
    const bins = new Array<number>(20).fill(0)
    for (const x of values) {
      expect(x >= 0 && x < 1).toBe(true)
      bins[Math.floor(x * 20)]! += 1
    }
    const chi2 = bins.reduce((sum, n) => sum + (n - 1000) ** 2 / 1000, 0)
    expect(chi2).toBeLessThan(57) // chi-squared with 19 degrees of freedom, p = 1e-5
  }
})

test('normal numbers have mean 0 and variance 1', () => {
  const rng = random(5)
  const values = Array.from({ length: 20_000 }, () => rng.normal())
  const mean = values.reduce((a, b) => a + b) / values.length
  const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length
  expect(Math.abs(mean)).toBeLessThan(0.04)
  expect(Math.abs(variance - 1)).toBeLessThan(0.06)
})

test('a sample has different entries of the list', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer()), fc.nat(), fc.integer(), (list, n, seed) => {
      const k = list.length === 0 ? 0 : n % (list.length + 1)
      const drawn = random(seed).sample(list, k)
      expect(drawn).toHaveLength(k)
      expect(new Set(drawn).size).toBe(k)
      expect(drawn.every((x) => list.includes(x))).toBe(true)
    }),
  )
})
