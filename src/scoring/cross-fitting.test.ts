import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { HeldOutScore } from '../protocols/scoring.ts'
import { foldOf } from '../core/folds.ts'
import { random } from '../core/random.ts'
import { accuracy } from '../core/statistics.ts'
import { lexical, lexicalReward } from '../proxies/lexical/index.ts'
import type { TextPair } from '../proxies/proxy.ts'
import { threadedFitter } from './fit/fit-threads.ts'
import type { GroupedPair } from './scan.ts'
import { encoded as encode, scanned, type SmallScan } from '../../test/proxy-pairs.ts'

const FOLDS = 5
const WORDS = 'ash bay cob den elm fir gum hop ivy jut kelp lime moss nut oak pine reed sage teak yew'.split(' ')

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'blindfold-cross-fitting-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Two pairs a group. From pair `clean` on, the two pairs of a group contradict each other: no model gets both right. */
function dataset(n: number, clean: number): GroupedPair[] {
  const draw = random('cross-fitting')
  const pairs: GroupedPair[] = []
  for (let id = 0; id < n; id += 2) {
    const [a, b] = [draw.sample(WORDS, 3).join(' '), draw.sample(WORDS, 3).join(' ')]
    const group = `group ${id}`
    for (const i of [id, id + 1]) {
      const pair =
        i < clean ? { chosen: `${a} ${i} surely`, rejected: b } : i === id ? { chosen: a, rejected: b } : { chosen: b, rejected: a }
      pairs.push({ id: i, key: String(i).padStart(6, '0'), group, prompt: '', ...pair })
    }
  }
  return pairs
}

async function crossFitted(pairs: readonly GroupedPair[], { seed = 3, ...options }: Partial<SmallScan> = {}) {
  const replies = await scanned(pairs, { seed, folds: FOLDS, dir: folder, ...options })
  const scores = new Map<number, HeldOutScore>()
  for (const reply of replies) {
    if (reply.type === 'scores') for (const score of reply.scores) scores.set(score.id, score)
  }
  const last = replies.at(-1)
  if (last?.type !== 'done') throw new Error('the scan did not end')
  return { scores, inSampleAccuracy: last.inSampleAccuracy }
}

const modelIn = (name: string) => lexical.load(readFileSync(join(folder, `${name}.model`)))
const margin = (model: ReturnType<typeof modelIn>, { chosen, rejected }: TextPair): number =>
  lexicalReward(model, chosen) - lexicalReward(model, rejected)

describe('cross-fitting', () => {
  test('scores every pair once, by the stored model of its group’s fold, which is the fit on all other folds', async () => {
    const pairs = dataset(200, 150)
    const { scores } = await crossFitted(pairs)
    expect(scores.size).toBe(pairs.length)
    const encoded = encode(pairs)
    const groups = Uint32Array.from(pairs.keys())
    for (let fold = 0; fold < FOLDS; fold++) {
      const stored = modelIn(`fold-${fold}`)
      const outside = Uint32Array.from(pairs.keys()).filter((i) => foldOf((pairs[i] as GroupedPair).group, 3, FOLDS) !== fold)
      expect(stored).toEqual(lexical.fit(encoded, outside, { seed: 3, groups }))
      for (const pair of pairs.filter(({ group }) => foldOf(group, 3, FOLDS) === fold)) {
        expect(scores.get(pair.id)?.fold).toBe(fold)
        expect(Math.abs((scores.get(pair.id)?.margin ?? NaN) - margin(stored, pair))).toBeLessThan(1e-5)
      }
    }
  })

  test('gives the same numbers whatever the order of pairs', async () => {
    const pairs = dataset(120, 100)
    const { scores, inSampleAccuracy } = await crossFitted(pairs)
    const shuffled = await crossFitted(random(1).shuffle(pairs))
    expect(shuffled.inSampleAccuracy).toBe(inSampleAccuracy)
    for (const [id, score] of scores) expect(shuffled.scores.get(id)?.margin).toBe(score.margin)
  })

  test('gives the same models whether threads fit the folds or not, and leaves no texts behind', async () => {
    const pairs = dataset(160, 120)
    const { scores } = await crossFitted(pairs)
    const models = readdirSync(folder)
      .sort()
      .map((name) => [name, readFileSync(join(folder, name)).toString('base64')])
    expect(models.map(([name]) => name)).toEqual(
      ['all', ...Array.from({ length: FOLDS }, (_, fold) => `fold-${fold}`)].flatMap((name) => [`${name}.model`, `${name}.onnx`]),
    )
    const threaded = await crossFitted(pairs, { batch: 7, fitterOf: (encoded) => threadedFitter('lexical', encoded, 2) })
    expect(threaded.scores).toEqual(scores)
    expect(
      readdirSync(folder)
        .sort()
        .map((name) => [name, readFileSync(join(folder, name)).toString('base64')]),
    ).toEqual(models)
  })

  test('tells the in-sample accuracy of all pairs that a model was fitted on, not of the first of them', async () => {
    const pairs = dataset(3600, 2400)
    const { inSampleAccuracy } = await crossFitted(pairs)
    const expected = Array.from({ length: FOLDS }, (_, fold) => {
      const model = modelIn(`fold-${fold}`)
      return accuracy(pairs.filter(({ group }) => foldOf(group, 3, FOLDS) !== fold).map((pair) => margin(model, pair)))
    })
    expect(inSampleAccuracy).toBeCloseTo(expected.reduce((sum, value) => sum + value, 0) / FOLDS, 3)
    // Two thirds are right, of the other third one of two.
    expect(inSampleAccuracy).toBeGreaterThan(0.8)
    expect(inSampleAccuracy).toBeLessThan(0.87)
  })
})
