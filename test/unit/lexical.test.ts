import fc from 'fast-check'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { describe, expect, test } from 'vitest'
import { random, type Random } from '../../src/core/random.ts'
import { accuracy } from '../../src/core/statistics.ts'
import { lexical } from '../../src/proxies/lexical/index.ts'
import { proxyOf } from '../../src/proxies/index.ts'
import { encodeRows } from '../../src/proxies/lexical/encode.ts'
import { featuresOf } from '../../src/proxies/lexical/features.ts'
import type { TextPair } from '../../src/proxies/proxy.ts'
import { rewards } from '../../src/scoring/session.ts'

const VOCABULARY = 'a an apple bird blue cat dog green in is it left near of on red right sees square that the there tree two'.split(' ')

const sentence = (draw: Random, words = 8): string => Array.from({ length: 1 + draw.int(words) }, () => draw.pick(VOCABULARY)).join(' ')

/** Pairs of random sentences; `mark` may change the chosen or the rejected one. */
function pairsOf(n: number, seed: number, mark: (pair: { chosen: string; rejected: string }, draw: Random) => void = () => {}): TextPair[] {
  const draw = random(seed)
  return Array.from({ length: n }, () => {
    const pair = { chosen: sentence(draw), rejected: sentence(draw) }
    mark(pair, draw)
    return { prompt: 'What is there?', ...pair }
  })
}

const fit = (pairs: readonly TextPair[], seed = 0) => lexical.fit(lexical.encode(pairs), Uint32Array.from(pairs.keys()), { seed })

const margin = (model: ReturnType<typeof lexical.fit>, { prompt, chosen, rejected }: TextPair): number =>
  lexical.reward(model, { prompt, response: chosen }) - lexical.reward(model, { prompt, response: rejected })

const hostile = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 200 }), fc.string({ unit: 'binary', maxLength: 50 }), fc.constant(''))

describe('encoding', () => {
  const ascii = fc.string({ unit: fc.constantFrom(...'aBz09\'’.,;:!?*_#`-()[]"\n\t  ') })
  const telling = fc.array(fc.constantFrom('maybe', 'Perhaps', "it's", 'clearly', '1.', '- ', '\n', '**', 'é', 'x', '.'), { maxLength: 20 }).map((list) => list.join(' '))

  test('gives every text the buckets and style that the plain definition gives', () => {
    const texts = fc.array(fc.oneof(hostile, ascii, telling), { minLength: 40, maxLength: 60 })
    fc.assert(
      fc.property(texts, (list) => {
        const { starts, buckets, style, lengths } = encodeRows(list.map((chosen, i) => ({ prompt: '', chosen, rejected: list.at(-1 - i) as string })))
        list.forEach((text, i) => {
          const row = 2 * i
          const plain = featuresOf(text)
          expect([...buckets.subarray(starts[row], starts[row + 1])]).toEqual([...plain.buckets])
          expect([...style.subarray(row * plain.style.length, (row + 1) * plain.style.length)]).toEqual(plain.style)
          expect(lengths[row]).toBe(plain.buckets.length + plain.style.length)
        })
      }),
      { numRuns: 60 },
    )
  })
})

describe('lexical proxy', () => {
  test('finds a planted phrase on top, with its side and how often it holds', () => {
    const pairs = pairsOf(600, 1, (pair, draw) => {
      if (draw.next() < 0.9) pair.chosen += ' hidden treasure'
      else pair.rejected += ' hidden treasure'
    })
    const model = fit(pairs)
    const features = lexical.features(model, lexical.encode(pairs), pairs, 10)
    const planted = features.find(({ feature }) => feature === 'hidden treasure')
    expect(features.slice(0, 6)).toContain(planted)
    expect(planted).toMatchObject({ kind: 'ngram', side: 'chosen', support: 600, coverage: 1 })
    expect(planted?.lift).toBeCloseTo(1.8, 1)
    expect(accuracy(pairs.map((pair) => margin(model, pair)))).toBeGreaterThan(0.88)
  })

  test('learns nothing held out from pure noise, though it remembers what it saw', () => {
    let held = 0
    let seen = 0
    for (let seed = 0; seed < 10; seed++) {
      const pairs = pairsOf(400, seed)
      const model = fit(pairs.slice(0, 300))
      held += accuracy(pairs.slice(300).map((pair) => margin(model, pair))) / 10
      seen += accuracy(pairs.slice(0, 300).map((pair) => margin(model, pair))) / 10
    }
    // 1,000 held-out pairs: two standard errors are 3.2 points.
    expect(Math.abs(held - 0.5)).toBeLessThan(0.035)
    expect(seen).toBeGreaterThan(0.7)
  })

  test('hardly depends on the order of pairs, and turning every pair around turns every margin around', () => {
    const pairs = pairsOf(200, 4, (pair, draw) => {
      if (draw.next() < 0.8) pair.rejected += ', perhaps.'
    })
    const model = fit(pairs)
    const shuffled = fit(random(9).shuffle(pairs))
    for (const pair of pairs) expect(Math.abs(margin(shuffled, pair) - margin(model, pair))).toBeLessThan(0.05)
    const turned = fit(pairs.map((pair) => ({ ...pair, chosen: pair.rejected, rejected: pair.chosen })))
    for (const pair of pairs) expect(margin(turned, pair)).toBeCloseTo(-margin(model, pair), 4)
  })

  test('stands at the minimum of its loss: no small move of a weight lowers it', () => {
    const pairs = pairsOf(80, 5, (pair) => (pair.chosen += ' indeed'))
    const model = fit(pairs)
    const used = [...model.weights.keys()].filter((column) => model.weights[column] !== 0)
    const lossAt = (weights: Float32Array): number =>
      pairs.reduce((sum, pair) => sum + Math.log1p(Math.exp(-margin({ ...model, weights }, pair))), 0) +
      used.reduce((sum, column) => sum + (weights[column] as number) ** 2 / 2, 0)
    const least = lossAt(model.weights)
    for (const column of used.slice(0, 60)) {
      for (const move of [-0.05, 0.05]) {
        const moved = model.weights.slice()
        moved[column] = (moved[column] as number) + move
        expect(lossAt(moved)).toBeGreaterThan(least)
      }
    }
  })

  test('explains a reward exactly: words and features of the whole add up to it', () => {
    const model = fit(pairsOf(150, 6, (pair) => (pair.rejected += '! Yes.')))
    fc.assert(
      fc.property(fc.oneof(hostile, fc.constantFrom('the cat the cat. Yes!', 'a a a a', 'red, red; red')), (response) => {
        const { tokens, features } = lexical.explain(model, { prompt: '', response })
        const sum = [...tokens, ...features].reduce((total, { value }) => total + value, 0)
        expect(sum).toBeCloseTo(lexical.reward(model, { prompt: '', response }), 9)
        for (const { start, end } of tokens) expect(response.slice(start, end)).toMatch(/[\p{L}\p{M}\p{N}]/u)
      }),
    )
  })

  test('survives saving and loading, and refuses what is not its own', () => {
    const model = fit(pairsOf(50, 7))
    expect(lexical.load(lexical.save(model))).toEqual(model)
    expect(() => lexical.load(lexical.save(model).slice(0, -4))).toThrow(RangeError)
    expect(() => lexical.load(new Uint8Array([1, 2, 3]))).toThrow(RangeError)
  })
})

describe('its ONNX graph', () => {
  const model = fit(pairsOf(300, 8, (pair) => (pair.chosen += ', clearly.')))
  const graph = lexical.toOnnx(model)
  const scoresOf = (texts: readonly string[]) => {
    const encoded = lexical.encode(texts.map((chosen) => ({ prompt: '', chosen, rejected: '' })))
    return rewards(graph, proxyOf('lexical'), model, encoded, Uint32Array.from(texts.keys(), (i) => 2 * i))
  }

  test('gives the same rewards as the TypeScript model, to 1e-5, for any text', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(hostile, { minLength: 1, maxLength: 12 }), async (texts) => {
        const scored = await scoresOf(texts)
        texts.forEach((response, i) => {
          expect(Math.abs((scored[i] as number) - lexical.reward(model, { prompt: '', response }))).toBeLessThan(1e-5)
        })
      }),
      { numRuns: 60 },
    )
  })

  test('gives a response the same reward whatever shares its batch', async () => {
    const draw = random(10)
    const texts = Array.from({ length: 700 }, () => sentence(draw, 60))
    const together = await scoresOf(texts)
    for (const i of [0, 13, 350, 699]) {
      const [alone] = await scoresOf([texts[i] as string])
      expect(together[i]).toBeCloseTo(alone as number, 6)
    }
  })

  test('reads its inputs by name and shape, as documented', async () => {
    const session = await InferenceSession.create(graph)
    expect(session.inputNames).toEqual(['indices', 'values'])
    const { reward } = await session.run({
      indices: new Tensor('int32', new Int32Array([0, 0]), [2, 1]),
      values: new Tensor('float32', new Float32Array([0, 0]), [2, 1]),
    })
    expect([...(reward?.data as Float32Array)]).toEqual([0, 0])
    await session.release()
  })
})
