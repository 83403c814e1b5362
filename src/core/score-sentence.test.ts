import fc from 'fast-check'
import { expect, test } from 'vitest'
import { marginOfPriorSfc, priorSfc, sfc, softplusNeg, trainingInfluence, turned } from './losses.ts'
import { scoreSentence } from './score-sentence.ts'
import { isShortcutProne, SHORTCUT_PRONE, SHORTCUT_PRONE_MARGIN } from './shortcut-prone.ts'

const anyMargin = fc.oneof(fc.double({ min: -12, max: 12, noNaN: true }), fc.constantFrom(0, 8.9, -8.9, SHORTCUT_PRONE_MARGIN, 1e-9, -1e-9))

/** The bounds that a percentage in a sentence stands for. */
function stated(text: string): [number, number] {
  if (text === 'more than 99.9%') return [0.999, 1]
  if (text === 'less than 0.1%') return [0, 0.001]
  const value = Number.parseFloat(text)
  return [(value - 0.0501) / 100, (value + 0.0501) / 100]
}
const PERCENT = 'more than 99\\.9%|less than 0\\.1%|\\d+\\.\\d%'

test('every sentence about a pair follows from both losses, and of a prior nothing is said about the image', () => {
  fc.assert(
    fc.property(anyMargin, anyMargin, fc.constantFrom('prior', 'audit'), (text, mm, kind) => {
      const [textLoss, mmLoss] = [softplusNeg(text), softplusNeg(mm)]
      const [byText, byImage] = [Math.exp(-textLoss), Math.exp(-mmLoss)]
      const sentence = scoreSentence(mmLoss, textLoss, kind)
      const [, first] = new RegExp(`^The text alone gives this label a probability of (${PERCENT})`).exec(sentence) as unknown as [
        string,
        string,
      ]
      expect(byText).toBeGreaterThanOrEqual(stated(first)[0])
      expect(byText).toBeLessThanOrEqual(stated(first)[1])
      const says = (words: string) => sentence.includes(words)
      if (kind === 'prior') {
        expect(sentence).not.toMatch(/image|both|neither/i)
        // The assumed loss is not looked at.
        expect(scoreSentence(mmLoss + 1, textLoss, kind)).toBe(sentence)
        expect(says('shortcut-prone')).toBe(byText >= SHORTCUT_PRONE)
        expect(says('favours the other response')).toBe(textLoss > Math.LN2)
        expect(says('no preference')).toBe(textLoss === Math.LN2)
        expect(says('favours this label')).toBe(textLoss < Math.LN2 && byText < SHORTCUT_PRONE)
        return
      }
      const [, second] = new RegExp(`; the model with the image gives it (${PERCENT})\\. `).exec(sentence) as unknown as [string, string]
      expect(byImage).toBeGreaterThanOrEqual(stated(second)[0])
      expect(byImage).toBeLessThanOrEqual(stated(second)[1])
      const [textRight, imageRight] = [textLoss < Math.LN2, mmLoss < Math.LN2]
      expect(says('Only the text agrees')).toBe(textRight && !imageRight)
      expect(says('Neither agrees')).toBe(!textRight && !imageRight)
      expect(says('needs the image')).toBe(!textRight && imageRight)
      expect(says('The text is enough')).toBe(imageRight && byText >= SHORTCUT_PRONE)
      expect(says('Both agree')).toBe(textRight && imageRight && byText < SHORTCUT_PRONE)
      if (says('more clearly with the image')) expect(byImage).toBeGreaterThan(byText)
      if (says('more clearly without')) expect(byText).toBeGreaterThan(byImage)
      if (says('about equally')) expect(Math.abs(byText - byImage)).toBeLessThan(0.0011)
    }),
    { numRuns: 2000 },
  )
})

test('a pair that the text gives away is never called one that needs the image, however high its SFC', () => {
  const [text, mm] = [8.9, 14]
  expect(sfc(softplusNeg(mm), softplusNeg(text))).toBeGreaterThan(0.98)
  expect(scoreSentence(softplusNeg(mm), softplusNeg(text), 'audit')).toBe(
    'The text alone gives this label a probability of more than 99.9%; the model with the image gives it more than 99.9%. The text is enough.',
  )
  expect(trainingInfluence(text, mm)).toBeLessThan(1e-5)
})

test('the flag, its sentence and the prior SFC say the same; the prior SFC has the order of the text', () => {
  fc.assert(
    fc.property(anyMargin, anyMargin, (a, b) => {
      expect(isShortcutProne(a)).toBe(a >= Math.log(4) - 1e-12)
      if (a < b - 1e-6) expect(priorSfc(softplusNeg(a))).toBeGreaterThan(priorSfc(softplusNeg(b)))
      if (a < 10) expect(marginOfPriorSfc(priorSfc(softplusNeg(a)))).toBeCloseTo(a, 3)
    }),
  )
  expect(isShortcutProne(null)).toBe(false)
  expect([marginOfPriorSfc(0), marginOfPriorSfc(1)]).toEqual([Infinity, -Infinity])
})

test('training influence is the gradient of the weighted loss by the margin', () => {
  fc.assert(
    fc.property(fc.double({ min: -8, max: 8, noNaN: true }), fc.double({ min: -8, max: 8, noNaN: true }), (text, mm) => {
      const weight = sfc(softplusNeg(mm), softplusNeg(text))
      const slope = (weight * softplusNeg(mm - 1e-5) - weight * softplusNeg(mm + 1e-5)) / 2e-5
      expect(trainingInfluence(text, mm)).toBeCloseTo(slope, 6)
      expect(turned(turned(mm))).toBe(mm === 0 ? 0 : mm)
      expect(Object.is(turned(0), 0)).toBe(true)
    }),
  )
})
