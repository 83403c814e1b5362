import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { random } from './random.ts'
import { labelNoise, wrongProbability, type Judged } from './suspects.ts'

const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z))

/** Pairs whose image model is right as often as its margin says, with a share of labels turned round afterwards. */
function judged(n: number, share: number, seed: number, { strength = 3, perGroup = 1 } = {}): Judged & { turned: boolean[] } {
  const draw = random(`suspects:${seed}`)
  const text = new Float64Array(n)
  const mm = new Float64Array(n)
  const turned: boolean[] = []
  for (let i = 0; i < n; i++) {
    const sure = strength * Math.abs(draw.normal())
    const right = draw.next() < sigmoid(sure) ? 1 : -1
    const turn = draw.next() < share
    turned.push(turn)
    mm[i] = right * sure * (turn ? -1 : 1)
    text[i] = draw.normal() * 0.3
  }
  return { text, mm, groups: Int32Array.from({ length: n }, (_, i) => Math.floor(i / perGroup)), turned }
}

describe('wrong labels', () => {
  test('their share is found, and the interval has it about as often as it says', () => {
    for (const share of [0, 0.05, 0.2]) {
      let covered = 0
      let sum = 0
      for (let seed = 0; seed < 40; seed++) {
        const { wrong } = labelNoise(judged(2000, share, seed)) ?? { wrong: { value: NaN, low: NaN, high: NaN } }
        sum += wrong.value / 40
        if (wrong.low <= share && share <= wrong.high) covered++
      }
      // A share cannot be estimated below zero, so where there is none the mean lies a little above it.
      expect(Math.abs(sum - share)).toBeLessThan(share === 0 ? 0.02 : 0.01)
      expect(covered).toBeGreaterThanOrEqual(35)
    }
  })

  test('probabilities are calibrated: of the pairs called wrong with p, about the share p is', () => {
    const all = judged(20_000, 0.1, 7)
    const noise = labelNoise(all)
    if (!noise) throw new Error('no estimate')
    const bins = Array.from({ length: 5 }, () => ({ sum: 0, wrong: 0, n: 0 }))
    for (const [i, turned] of all.turned.entries()) {
      const p = wrongProbability(noise, all.text[i] as number, all.mm[i] as number)
      const bin = bins[Math.min(4, Math.floor(p * 5))]!
      bin.sum += p
      bin.n += 1
      if (turned) bin.wrong += 1
    }
    for (const { sum, wrong, n } of bins) if (n > 100) expect(Math.abs(wrong - sum) / n).toBeLessThan(0.05)
    expect(bins[4]!.n).toBeGreaterThan(100)
  })

  test('a model that knows nothing weighs nothing and makes nobody suspect', () => {
    const { text, groups } = judged(2000, 0.1, 3)
    const noise = labelNoise({ text, mm: new Float64Array(text.length), groups })
    expect(noise?.mm).toBeLessThan(0.2)
    for (const margin of text) expect(wrongProbability(noise!, margin, 0)).toBeLessThan(0.55)
  })

  test('neither the order of pairs nor a repeat changes the estimate', () => {
    const { text, mm, groups } = judged(300, 0.1, 4, { perGroup: 3 })
    const turned = { text: text.toReversed(), mm: mm.toReversed(), groups: groups.toReversed() }
    const [one, other] = [labelNoise({ text, mm, groups })!, labelNoise(turned)!]
    expect(other.wrong.value).toBeCloseTo(one.wrong.value, 9)
    expect(other.wrong.high).toBeCloseTo(one.wrong.high, 9)
    expect(labelNoise({ text, mm, groups })).toEqual(one)
  })

  test('any margins give a share between 0 and one half inside its interval; few pairs give none', () => {
    const margins = fc.array(fc.tuple(fc.double({ min: -300, max: 300, noNaN: true }), fc.double({ min: -300, max: 300, noNaN: true })), {
      minLength: 50,
      maxLength: 90,
    })
    fc.assert(
      fc.property(margins, (list) => {
        const noise = labelNoise({
          text: Float64Array.from(list, ([t]) => t),
          mm: Float64Array.from(list, ([, m]) => m),
          groups: Int32Array.from(list.keys()),
        })!
        const { value, low, high } = noise.wrong
        expect(low).toBeLessThanOrEqual(value)
        expect(high).toBeGreaterThanOrEqual(value)
        expect(high).toBeLessThanOrEqual(0.5)
        for (const [t, m] of list) expect(wrongProbability(noise, t, m)).toBeGreaterThanOrEqual(0)
      }),
      { numRuns: 60 },
    )
    const few = judged(49, 0.1, 0)
    expect(labelNoise(few)).toBeNull()
  })
})
