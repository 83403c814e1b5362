import fc from 'fast-check'
import { expect, test } from 'vitest'
import { marginFilter } from './loss-area.ts'
import { softplusNeg } from '../../../../src/core/losses.ts'

const EDGES = Array.from({ length: 33 }, (_, i) => (i * Math.LN2) / 8)
const cell = fc.integer({ min: 0, max: 32 })
const margin = fc.double({ min: -8, max: 8, noNaN: true })
const within = (value: number, low: number | undefined, high: number | undefined) =>
  (low === undefined || value >= low) && (high === undefined || value <= high)

test('the filter of an area has exactly the margins whose losses lie in its cells', () => {
  fc.assert(
    fc.property(cell, cell, cell, cell, margin, margin, (a, b, c, d, text, mm) => {
      const area = { x0: Math.min(a, b), x1: Math.max(a, b), y0: Math.min(c, d), y1: Math.max(c, d) }
      const { textMarginMin, textMarginMax, mmMarginMin, mmMarginMax } = marginFilter(area, EDGES)
      const inside = (value: number, from: number, to: number) => {
        const loss = softplusNeg(value)
        // On a bound itself rounding decides.
        fc.pre(EDGES.every((edge) => Math.abs(loss - edge) > 1e-9))
        return loss >= EDGES[from]! && (to === 32 || loss < EDGES[to + 1]!)
      }
      const expected = inside(text, area.x0, area.x1) && inside(mm, area.y0, area.y1)
      expect(within(text, textMarginMin, textMarginMax) && within(mm, mmMarginMin, mmMarginMax)).toBe(expected)
    }),
  )
})

test('the whole plane means the pairs that both models have scored', () => {
  expect(Object.keys(marginFilter({ x0: 0, x1: 32, y0: 0, y1: 32 }, EDGES))).toEqual(['mmMarginMin'])
})
