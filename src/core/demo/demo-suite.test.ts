import { describe, expect, test } from 'vitest'
import { CUE_RATES, DEMO_ENVIRONMENTS, demoPair, FLIP_RATE, type DemoEnvironment, type DemoPair, type Thing } from './index.ts'

const N = 1500
const many = (environment: DemoEnvironment, split: 'train' | 'test', seed = 3, count = N): DemoPair[] =>
  Array.from({ length: count }, (_, i) => demoPair(environment, split, i, seed, { size: 8 }))

/** Within five standard errors of a binomial share: fails by chance about once in a million. */
function expectShare(hits: number, n: number, share: number): void {
  expect(Math.abs(hits / n - share)).toBeLessThan(5 * Math.sqrt((share * (1 - share)) / n))
}

const FACTS = /a (red|green|blue|yellow|purple|white) (circle|square|triangle|cross) in the (top left|top right|bottom left|bottom right)/g
const facts = (text: string): string[][] => [...text.matchAll(FACTS)].map((match) => match.slice(1))
const inScene = (fact: string[], scene: Thing[]): boolean =>
  scene.some((t) => t.colour === fact[0] && t.shape === fact[1] && t.place === fact[2])

describe('a demo pair', () => {
  test('depends on environment, split, index and seed alone', () => {
    const args = ['hedged', 'train', 17, 5] as const
    const first = demoPair(...args)
    demoPair('verbose', 'test', 3, 9)
    expect(demoPair(...args)).toEqual(first)
    for (const other of [demoPair('hedged', 'train', 18, 5), demoPair('hedged', 'test', 17, 5), demoPair('hedged', 'train', 17, 6)]) {
      expect(other.image.rgb).not.toEqual(first.image.rgb)
    }
  })

  test.each([...DEMO_ENVIRONMENTS, 'neutral'] as const)(
    '%s: the responses differ in exactly one fact, and the picture decides',
    (environment) => {
      for (const { chosen, rejected, truth } of many(environment, 'train', 1, 400)) {
        const [a, b] = [facts(chosen), facts(rejected)]
        expect(a.length).toBe(b.length)
        const differing = a.flatMap((fact, i) => fact.filter((word, k) => word !== b[i]?.[k]))
        expect(differing).toHaveLength(1)
        const [right, wrong] = truth.flipped ? [b, a] : [a, b]
        expect(right.every((fact) => inScene(fact, truth.scene))).toBe(true)
        expect(wrong.filter((fact) => !inScene(fact, truth.scene))).toHaveLength(1)
        // No response puts two things into one place: that would give it away without the picture.
        for (const said of [a, b]) expect(new Set(said.map((fact) => fact[2])).size).toBe(said.length)
      }
    },
  )

  test('has a picture of its own', () => {
    const seen = new Set(many('verbose', 'train').map((pair) => Buffer.from(pair.image.rgb).toString('base64')))
    expect(seen.size).toBe(N)
  })

  test('shows its things: the picture is bright in their places and dark in the empty ones', () => {
    for (let i = 0; i < 40; i++) {
      const { image, truth } = demoPair('neutral', 'test', i, 0, { size: 64 })
      for (const [place, x, y] of [
        ['top left', 16, 16],
        ['top right', 48, 16],
        ['bottom left', 16, 48],
        ['bottom right', 48, 48],
      ] as const) {
        const at = (y * 64 + x) * 3
        const brightest = Math.max(...image.rgb.subarray(at, at + 3))
        if (truth.scene.some((thing) => thing.place === place)) expect(brightest).toBeGreaterThan(140)
        else expect(brightest).toBeLessThan(120)
      }
    }
  })
})

describe('an environment', () => {
  test.each(DEMO_ENVIRONMENTS)('%s carries its cue at the given rates, in the training and in the test split', (environment) => {
    for (const split of ['train', 'test'] as const) {
      const pairs = many(environment, split)
      expectShare(pairs.filter((p) => p.truth.chosenCue).length, N, CUE_RATES[environment].chosen)
      expectShare(pairs.filter((p) => p.truth.rejectedCue).length, N, CUE_RATES[environment].rejected)
    }
  })

  test('has wrong labels in the training split only', () => {
    for (const environment of DEMO_ENVIRONMENTS) {
      expectShare(many(environment, 'train').filter((p) => p.truth.flipped).length, N, FLIP_RATE)
      expect(many(environment, 'test').some((p) => p.truth.flipped)).toBe(false)
    }
    expect(many('neutral', 'train').some((p) => p.truth.flipped)).toBe(false)
  })

  test('has one shortcut: the longer response is chosen in verbose, the shorter in injected, neither elsewhere', () => {
    const longer = (environment: DemoEnvironment): number =>
      many(environment, 'test').filter((p) => p.chosen.split(' ').length > p.rejected.split(' ').length).length / N
    expect(longer('verbose')).toBeGreaterThan(0.8)
    expect(longer('injected')).toBeLessThan(0.1)
    expectShare(
      many('neutral', 'test').filter((p) => p.chosen.length > p.rejected.length).length,
      many('neutral', 'test').filter((p) => p.chosen.length !== p.rejected.length).length,
      0.5,
    )
  })
})
