import fc from 'fast-check'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { describe, expect, test } from 'vitest'
import { random, type Random } from '../../core/random.ts'
import { accuracy } from '../../core/statistics.ts'
import { lexical, lexicalReward } from './index.ts'
import { proxyOf } from '../index.ts'
import { featuresOf } from './features.ts'
import { responseReader } from './response.ts'
import { UNITS, type Units } from './tokens.ts'
import type { TextPair } from '../proxy.ts'
import { rewards } from '../../scoring/session.ts'
import { CONTEXT, encoded as encode, ownGroups } from '../../../test/proxy-pairs.ts'

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

const fit = (pairs: readonly TextPair[], context = CONTEXT) =>
  lexical.fit(encode(pairs, context), Uint32Array.from(pairs.keys()), { seed: 0, groups: ownGroups(pairs.length) })

type Fitted = ReturnType<typeof fit>

const margin = (model: Fitted, { chosen, rejected }: TextPair): number => lexicalReward(model, chosen) - lexicalReward(model, rejected)

const CHARACTERS = { characters: true, reader: null }

async function* inBatches(pairs: readonly TextPair[]) {
  for (let from = 0; from < pairs.length; from += 100) yield pairs.slice(from, from + 100)
}
const featuresIn = (model: Fitted, pairs: readonly TextPair[], context = CONTEXT) =>
  lexical.features(
    model,
    encode(pairs, context),
    () => true,
    () => inBatches(pairs),
    10,
  )

const hostile = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 200 }), fc.string({ unit: 'binary', maxLength: 50 }), fc.constant(''))

describe('encoding', () => {
  const ascii = fc.string({ unit: fc.constantFrom(...'aBz09\'’.,;:!?*_#`-()[]"\n\t  ') })
  const telling = fc
    .array(fc.constantFrom('maybe', 'Perhaps', "it's", 'clearly', '1.', '- ', '\n', '**', 'é', 'x', '.'), { maxLength: 20 })
    .map((list) => list.join(' '))

  test('gives every text the buckets and style that the plain definition gives', () => {
    const texts = fc.array(fc.oneof(hostile, ascii, telling), { minLength: 40, maxLength: 60 })
    fc.assert(
      fc.property(texts, fc.constantFrom<Units>('words', 'characters'), (list, units) => {
        const read = responseReader(units)
        for (const text of list) {
          const plain = featuresOf(text, units)
          const { buckets, style } = read(text)
          expect([...buckets]).toEqual([...plain.buckets])
          expect([...Array.from(style)]).toEqual(plain.style)
        }
      }),
      { numRuns: 60 },
    )
  })

  test('keeps of a pair what only one response has, and takes it back to the same margins', () => {
    const pair = fc.record({ prompt: fc.constant(''), chosen: fc.oneof(hostile, telling), rejected: fc.oneof(hostile, telling) })
    const models = [CONTEXT, CHARACTERS].map((context) => ({
      context,
      model: fit(
        pairsOf(60, 3, (made) => (made.chosen += ' maybe, é clearly')),
        context,
      ),
    }))
    fc.assert(
      fc.property(fc.array(pair, { minLength: 1, maxLength: 8 }), fc.constantFrom(...models), (pairs, { context, model }) => {
        const margins = lexical.margins(model, encode(pairs, context), Uint32Array.from(pairs.keys()))
        pairs.forEach((each, i) => expect(margins[i]).toBeCloseTo(margin(model, each), 5))
      }),
      { numRuns: 60 },
    )
  })
})

describe('lexical proxy', () => {
  test('finds a planted phrase on top, with its side and how often it holds', async () => {
    const pairs = pairsOf(600, 1, (pair, draw) => {
      if (draw.next() < 0.9) pair.chosen += ' hidden treasure'
      else pair.rejected += ' hidden treasure'
    })
    const model = fit(pairs)
    const features = await featuresIn(model, pairs)
    const planted = features.find(({ feature }) => feature === 'hidden treasure')
    expect(features.slice(0, 6)).toContain(planted)
    expect(planted).toMatchObject({ kind: 'ngram', side: 'chosen', support: 600, coverage: 1 })
    expect(planted?.lift).toBeCloseTo(1.8, 1)
    expect(accuracy(pairs.map((pair) => margin(model, pair)))).toBeGreaterThan(0.88)
  })

  test('of pairs of two kinds, counts the cues of the measured ones alone', async () => {
    const pairs = pairsOf(600, 4, (pair) => (pair.chosen += ' hidden treasure')).map((pair, i) =>
      i % 3 ? pair : { ...pair, chosen: pair.chosen.replace('treasure', 'cave') },
    )
    const model = fit(pairs)
    const inCaves = await lexical.features(
      model,
      encode(pairs, CONTEXT),
      (i) => i % 3 === 0,
      () => inBatches(pairs),
      20,
    )
    expect(inCaves.map(({ feature }) => feature)).not.toContain('treasure')
    expect(inCaves.find(({ feature }) => feature === 'hidden cave')).toMatchObject({ support: 200, coverage: 1, lift: 2 })
  })

  test('of equally strong cues puts the shortest first, then the first by name, in whatever order the pairs come', async () => {
    const draw = random(31)
    const plain = Array.from({ length: 200 }, () => {
      const rest = draw.pick(VOCABULARY)
      return { prompt: '', chosen: `mango near ${rest}`, rejected: `mango near ${rest}`.replace('mango', 'zebra') }
    })
    const chinese = Array.from({ length: 200 }, () => {
      const rest = draw.pick([...'树鸟狗猫书'])
      return { prompt: '', chosen: `位置显然在${rest}`, rejected: `位置在${rest}` }
    })
    const expected = [
      [plain, ['mango', 'zebra', 'mango near', 'zebra near']],
      [chinese, ['显然', '位置在', '位置显然', '显然在']],
    ] as const
    for (const [pairs, names] of expected) {
      for (const list of [pairs, pairs.toReversed()]) {
        const found = (await featuresIn(fit(list), list)).filter(({ kind }) => kind === 'ngram')
        expect(found.map(({ feature }) => feature)).toEqual(names)
        expect(new Set(found.map(({ weight }) => Math.abs(weight).toFixed(3))).size).toBe(1)
      }
    }
    // Where only the first few are asked for, the equals of the last one still compete for its place.
    expect(
      (
        await lexical.features(
          fit(chinese),
          encode(chinese),
          () => true,
          () => inBatches(chinese),
          2,
        )
      ).map(({ feature }) => feature),
    ).toContain('显然')
  })

  test('by words as by characters finds a cue in a script that does not separate words', async () => {
    const draw = random(12)
    const say = () => Array.from({ length: 12 }, () => draw.pick([...'的一是不了人我在有他这中大来上国'])).join('')
    const pairs = Array.from({ length: 400 }, () => ({ prompt: '', chosen: `${say()}可能${say()}`, rejected: say() + say() }))
    const [byWords, byCharacters] = [CONTEXT, CHARACTERS].map((context) => fit(pairs.slice(0, 300), context)) as [Fitted, Fitted]
    const held = (model: Fitted) => accuracy(pairs.slice(300).map((pair) => margin(model, pair)))
    expect(held(byCharacters)).toBeGreaterThan(0.95)
    expect(held(byWords)).toBeGreaterThan(0.95)
    const [first] = (await featuresIn(byCharacters, pairs, CHARACTERS)).filter(({ feature }) => feature === '可能')
    expect(first).toMatchObject({ kind: 'ngram', side: 'chosen', support: 400, lift: 2 })
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
    const lossAt = (weights: Fitted['weights']): number =>
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

  test('of many pairs, keeps its penalty in proportion: each pair a second time changes no margin', () => {
    const pairs = pairsOf(20_000, 13, (pair, draw) => {
      if (draw.next() < 0.6) pair.chosen += ' indeed'
    })
    const once = fit(pairs)
    const twice = fit([...pairs, ...pairs])
    const few = fit(pairs.slice(0, 2000))
    const apart = (other: Fitted) => Math.max(...pairs.slice(0, 500).map((pair) => Math.abs(margin(other, pair) - margin(once, pair))))
    expect(apart(twice)).toBeLessThan(0.1)
    expect(apart(few)).toBeGreaterThan(0.5)
  })

  test('explains a margin exactly: words and features of the whole add up to it', () => {
    const texts = fc.oneof(hostile, fc.constantFrom('the cat the cat. Yes!', 'a a a a', 'red, red; red'))
    for (const context of [CONTEXT, CHARACTERS]) {
      const model = fit(
        pairsOf(150, 6, (pair) => (pair.rejected += '! Yes.')),
        context,
      )
      fc.assert(
        fc.property(texts, texts, (chosen, rejected) => {
          const { method, chosen: good, rejected: bad, features, textMargin } = lexical.explain(model, { prompt: '', chosen, rejected })
          const sum = (list: { value: number }[]) => list.reduce((total, { value }) => total + value, 0)
          expect(method).toBe('additive')
          expect(sum(good) - sum(bad) + sum(features)).toBeCloseTo(margin(model, { prompt: '', chosen, rejected }), 9)
          expect(textMargin).toBeCloseTo(margin(model, { prompt: '', chosen, rejected }), 9)
          for (const { start, end } of good) expect(UNITS[model.units].parts(chosen.slice(start, end))).toHaveLength(1)
        }),
      )
    }
  })

  test('survives saving and loading, and refuses what is not its own', () => {
    const model = fit(pairsOf(50, 7))
    expect(lexical.load(lexical.save(model))).toEqual(model)
    const byCharacters = fit(pairsOf(50, 7), CHARACTERS)
    expect(lexical.load(lexical.save(byCharacters))).toEqual(byCharacters)
    expect(() => lexical.load(lexical.save(model).slice(0, -4))).toThrow(RangeError)
    expect(() => lexical.load(new Uint8Array([1, 2, 3]))).toThrow(RangeError)
  })
})

describe('its ONNX graph', () => {
  const model = fit(pairsOf(300, 8, (pair) => (pair.chosen += ', clearly.')))
  const graph = lexical.toOnnx(model)
  const scoresOf = (texts: readonly string[]) => {
    const encoded = encode(texts.map((chosen) => ({ prompt: '', chosen, rejected: '' })))
    return rewards(graph, proxyOf('lexical'), model, encoded, Uint32Array.from(texts.keys()))
  }

  test('gives the same rewards as the TypeScript model, to 1e-5, for any text', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(hostile, { minLength: 1, maxLength: 12 }), async (texts) => {
        const scored = await scoresOf(texts)
        texts.forEach((response, i) => {
          expect(Math.abs((scored[i] as number) - lexicalReward(model, response))).toBeLessThan(1e-5)
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
