import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { foldOf } from './folds.ts'
import { random } from './random.ts'
import { accuracy, groupAccuracy, groupMean, pearson, permutationP, sfd, spearman } from './statistics.ts'

const rows = fc.array(
  fc.record({ margin: fc.double({ min: -3, max: 3, noNaN: true }), group: fc.integer({ min: 0, max: 9 }).map(String) }),
  {
    minLength: 1,
    maxLength: 60,
  },
)

describe('accuracy', () => {
  test('counts a margin of zero as one half', () => {
    expect(accuracy([1, -1, 0, 0])).toBe(0.5)
    expect(accuracy([1, 0])).toBe(0.75)
  })

  test('and its mirror image add up to one', () => {
    fc.assert(
      fc.property(rows, (list) => {
        const margins = list.map(({ margin }) => margin)
        expect(accuracy(margins) + accuracy(margins.map((m) => -m))).toBeCloseTo(1, 12)
      }),
    )
  })
})

describe('bootstrap over groups', () => {
  test('holds the estimate between its bounds, and neither the order of rows nor a repeat changes a number', () => {
    fc.assert(
      fc.property(rows, fc.integer({ min: 0, max: 99 }), (list, seed) => {
        const of = (items: typeof list) =>
          groupAccuracy(
            items.map((r) => r.margin),
            items.map((r) => r.group),
            seed,
          )
        const estimate = of(list)
        expect(estimate.low).toBeLessThanOrEqual(estimate.value)
        expect(estimate.high).toBeGreaterThanOrEqual(estimate.value)
        expect(of(list)).toEqual(estimate)
        const turned = of([...list].reverse())
        for (const key of ['value', 'low', 'high'] as const) expect(turned[key]).toBeCloseTo(estimate[key], 12)
      }),
      { numRuns: 40 },
    )
  })

  test('covers the truth about as often as it says', () => {
    const draw = random('coverage')
    let covered = 0
    for (let round = 0; round < 200; round++) {
      // 60 groups of 1 to 3 rows that agree with each other: an interval over rows would be far too narrow.
      const values: number[] = []
      const groups: string[] = []
      for (let g = 0; g < 60; g++) {
        const right = draw.next() < 0.7 ? 1 : 0
        for (let i = 0; i <= draw.int(3); i++) {
          values.push(right)
          groups.push(String(g))
        }
      }
      const { low, high } = groupMean(values, groups, round)
      if (low <= 0.7 && 0.7 <= high) covered++
    }
    expect(covered).toBeGreaterThan(175)
    expect(covered).toBeLessThan(200)
  })

  test('is not too sure near one: few wrong rows in few groups', () => {
    const draw = random('edge')
    let covered = 0
    for (let round = 0; round < 200; round++) {
      const values: number[] = []
      const groups: string[] = []
      for (let g = 0; g < 60; g++) {
        const common = draw.next() < 0.98 ? 1 : 0
        for (let i = 0; i < 6; i++) {
          values.push(draw.next() < 0.3 ? common : draw.next() < 0.98 ? 1 : 0)
          groups.push(String(g))
        }
      }
      const { low, high } = groupMean(values, groups, round)
      if (low <= 0.98 && 0.98 <= high) covered++
    }
    // The bare bootstrap covers 91% here.
    expect(covered).toBeGreaterThanOrEqual(190)
  })

  test('is never surer of a rate because a row is wrong', () => {
    const groups = Array.from({ length: 60 }, (_, i) => String(i))
    const right = groupMean(
      groups.map(() => 1),
      groups,
      0,
    )
    const nearly = groupMean(
      groups.map((_, i) => (i === 0 ? 0 : 1)),
      groups,
      0,
    )
    expect(nearly.low).toBeLessThanOrEqual(right.low)
    expect(
      1 -
        groupMean(
          groups.map((_, i) => (i === 0 ? 1 : 0)),
          groups,
          0,
        ).high,
    ).toBeLessThanOrEqual(right.low)
  })

  test('is wider when rows depend on each other', () => {
    const values = Array.from({ length: 200 }, (_, i) => (Math.floor(i / 20) % 2 === 0 ? 1 : 0))
    const alone = groupMean(
      values,
      values.map((_, i) => String(i)),
      1,
    )
    const together = groupMean(
      values,
      values.map((_, i) => String(Math.floor(i / 20))),
      1,
    )
    expect(together.high - together.low).toBeGreaterThan(2 * (alone.high - alone.low))
  })

  test('gives an interval where all groups agree, after their number', () => {
    const all = groupMean([1, 1, 1, 1, 1], ['a', 'b', 'c', 'd', 'e'], 0)
    expect(all).toEqual({ value: 1, low: 0.025 ** (1 / 5), high: 1 })
    expect(groupMean([0, 0], ['a', 'b'], 0).high).toBeCloseTo(1 - Math.sqrt(0.025), 12)
  })
})

describe('permutation test', () => {
  test('is small for a real effect, never zero, and uniform enough without one', () => {
    const groups = Array.from({ length: 100 }, (_, i) => String(i))
    expect(
      permutationP(
        groups.map(() => 1),
        groups,
        0,
      ),
    ).toBeCloseTo(1 / 1001, 6)
    const draw = random('null')
    let small = 0
    for (let round = 0; round < 200; round++) {
      if (
        permutationP(
          groups.map(() => draw.normal()),
          groups,
          round,
        ) <= 0.1
      )
        small++
    }
    expect(small).toBeGreaterThan(8)
    expect(small).toBeLessThan(34)
  })
})

describe('SFD and correlations', () => {
  test('of a model that follows the text is 100 points, of one that does not look at it about 0', () => {
    const draw = random(3)
    const text = Array.from({ length: 400 }, () => draw.normal())
    const groups = text.map((_, i) => String(i))
    expect(sfd(text, text, groups, 0)?.value).toBe(100)
    const free = sfd(
      text.map(() => draw.normal()),
      text,
      groups,
      0,
    )
    expect(free?.low).toBeLessThan(0)
    expect(free?.high).toBeGreaterThan(0)
    expect(sfd([1, 1], [1, 1], ['a', 'b'], 0)).toBeNull()
  })

  test('agree with numbers worked out by hand', () => {
    expect(pearson([1, 2, 3, 4], [2, 4, 6, 8])).toBeCloseTo(1, 12)
    expect(pearson([1, 2, 3, 4], [1, 3, 2, 5])).toBeCloseTo(0.8315218406, 8)
    expect(spearman([1, 2, 3, 4], [1, 10, 100, 1000])).toBeCloseTo(1, 12)
    expect(spearman([1, 2, 2, 4], [1, 3, 2, 4])).toBeCloseTo(0.9486832981, 8)
  })
})

describe('folds', () => {
  test('depend on group and seed alone and are about equally large', () => {
    const counts = [0, 0, 0, 0, 0]
    let moved = 0
    for (let i = 0; i < 5000; i++) {
      const fold = foldOf(`group ${i}`, 7, 5)
      expect(foldOf(`group ${i}`, 7, 5)).toBe(fold)
      counts[fold] = (counts[fold] ?? 0) + 1
      if (foldOf(`group ${i}`, 8, 5) !== fold) moved++
    }
    for (const n of counts) expect(Math.abs(n - 1000)).toBeLessThan(120)
    expect(moved).toBeGreaterThan(3500)
  })
})
