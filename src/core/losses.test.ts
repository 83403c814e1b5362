import fc from 'fast-check'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { PRIOR_MM_LOSS, quadrantOf, sfc, softplusNeg } from './losses.ts'

type Golden = { mmMargin: number; textMargin: number; mmLoss: number; textLoss: number; sfc: number; quadrant: string }
const golden = JSON.parse(readFileSync(new URL('../../test/fixtures/golden/losses.json', import.meta.url), 'utf8')) as { cases: Golden[] }

const margin = fc.double({ min: -1e4, max: 1e4, noNaN: true })
const loss = fc.double({ min: 0, max: 1e4, noNaN: true })

describe('Bradley-Terry loss', () => {
  test('agrees with the golden numbers to 1e-12', () => {
    expect(golden.cases.length).toBeGreaterThan(50)
    for (const { mmMargin, textMargin, mmLoss, textLoss } of golden.cases) {
      for (const [m, expected] of [
        [mmMargin, mmLoss],
        [textMargin, textLoss],
      ] as const) {
        expect(Math.abs(softplusNeg(m) - expected)).toBeLessThanOrEqual(1e-12 * expected)
      }
    }
  })

  test('is positive and finite, falls with the margin, and loses to its mirror image by the margin', () => {
    fc.assert(
      fc.property(margin, margin, (a, b) => {
        expect(softplusNeg(a)).toBeGreaterThanOrEqual(0)
        expect(Number.isFinite(softplusNeg(a))).toBe(true)
        if (a < b) expect(softplusNeg(a)).toBeGreaterThanOrEqual(softplusNeg(b))
        // softplus(x) - softplus(-x) = x
        expect(softplusNeg(-a) - softplusNeg(a)).toBeCloseTo(a, 9)
      }),
    )
    expect(softplusNeg(0)).toBe(Math.LN2)
  })
})

describe('Shortcut-Failure Coefficient', () => {
  test('agrees with the golden numbers to 1e-12', () => {
    for (const { mmLoss, textLoss, sfc: expected } of golden.cases) {
      expect(Math.abs(sfc(mmLoss, textLoss) - expected)).toBeLessThanOrEqual(1e-12 * expected)
    }
  })

  test('lies in (0, 1), is one half where both losses vanish or agree, and the two branches share one whole', () => {
    fc.assert(
      fc.property(loss, loss, (mm, text) => {
        expect(sfc(mm, text)).toBeGreaterThan(0)
        expect(sfc(mm, text)).toBeLessThan(1)
        expect(sfc(mm, text) + sfc(text, mm)).toBeCloseTo(1, 12)
        expect(sfc(mm, mm)).toBeCloseTo(0.5, 12)
      }),
    )
    expect(sfc(0, 0)).toBe(0.5)
  })

  test('rises with the text loss and falls with the mm loss', () => {
    fc.assert(
      fc.property(loss, loss, loss, (mm, a, b) => {
        if (a >= b) return
        expect(sfc(mm, a)).toBeLessThanOrEqual(sfc(mm, b))
        expect(sfc(a, mm)).toBeGreaterThanOrEqual(sfc(b, mm))
      }),
    )
  })

  test('of extreme margins stays finite and on its side', () => {
    expect(sfc(PRIOR_MM_LOSS, softplusNeg(700))).toBeLessThan(1e-6)
    expect(sfc(PRIOR_MM_LOSS, softplusNeg(-700))).toBeGreaterThan(0.99)
    expect(sfc(softplusNeg(700), softplusNeg(700))).toBeCloseTo(0.5, 12)
  })
})

describe('quadrants', () => {
  test('agree with the golden ones', () => {
    for (const { textMargin, mmMargin, quadrant } of golden.cases) expect(quadrantOf(textMargin, mmMargin)).toBe(quadrant)
  })

  test('know only the text half without an MM-RM', () => {
    expect(quadrantOf(0.1, null)).toBe('text-right')
    expect(quadrantOf(0, null)).toBe('text-wrong')
    expect(quadrantOf(-0.1, null)).toBe('text-wrong')
  })
})
