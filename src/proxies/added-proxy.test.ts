import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { foldOf } from '../core/folds.ts'
import { random } from '../core/random.ts'
import { anyProxy } from './index.ts'
import { onnxModel } from './onnx-model.ts'
import type { EncodedPairs, TextProxy } from './proxy.ts'
import { loadWeights, saveWeights } from './saved-weights.ts'
import type { GroupedPair } from '../scoring/scan.ts'
import { CONTEXT, scanned } from '../../test/proxy-pairs.ts'

// The proxy that docs/proxies.md leads through: a reward is so much a character, and that is all there is to fit.

type Lengths = EncodedPairs & { characters: Int32Array }

const length: TextProxy<Float32Array, Lengths> = {
  kind: 'length',
  needs: null,
  encoding() {
    const counts: number[] = []
    return {
      add: (pairs) => void counts.push(...pairs.flatMap(({ chosen, rejected }) => [chosen.length, rejected.length])),
      finish() {
        const characters = new Int32Array(new SharedArrayBuffer(4 * counts.length))
        characters.set(counts)
        return {
          pairs: counts.length / 2,
          rows: 'responses',
          lengths: new Uint32Array(new SharedArrayBuffer(4 * counts.length)).fill(1),
          characters,
        }
      },
    }
  },
  fit(encoded, pairs) {
    // Gradient ascent on the log-likelihood of a logistic model with one weight; it is concave.
    let weight = 0
    for (let step = 0; step < 200; step++) {
      let slope = -weight
      for (const pair of pairs) slope += difference(encoded, pair) / (1 + Math.exp(weight * difference(encoded, pair)))
      weight += (0.01 * slope) / pairs.length
    }
    return Float32Array.of(weight)
  },
  margins: ([weight = 0], encoded, pairs) => Float64Array.from(pairs, (pair) => weight * difference(encoded, pair)),
  explain([weight = 0], { chosen, rejected }) {
    const value = weight * (chosen.length - rejected.length)
    return { method: 'additive', chosen: [], rejected: [], features: [{ feature: 'characters', value }], textMargin: value }
  },
  features([weight = 0], encoded) {
    const side = weight > 0 ? 'chosen' : 'rejected'
    return Promise.resolve([{ feature: 'characters', kind: 'style', weight, coverage: 1, lift: 1, support: encoded.pairs, side }])
  },
  toOnnx: (weights) =>
    onnxModel({
      name: 'length',
      inputs: [{ name: 'characters', type: 'float32', dims: ['batch'] }],
      outputs: [{ name: 'reward', type: 'float32', dims: ['batch'] }],
      constants: [{ name: 'weight', dims: [], data: weights }],
      nodes: [{ op: 'Mul', inputs: ['characters', 'weight'], outputs: ['reward'] }],
    }),
  inputs: (_, { characters }, rows) => ({
    characters: { type: 'float32', data: Float32Array.from(rows, (row) => characters[row] as number), dims: [rows.length] },
  }),
  save: (weights) => saveWeights('length', weights),
  load: (bytes) => loadWeights('length', bytes),
}

const difference = ({ characters }: Lengths, pair: number): number =>
  (characters[2 * pair] as number) - (characters[2 * pair + 1] as number)

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'blindfold-added-proxy-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('a proxy of one file is cross-fitted and scored by its graph like those that are there', async () => {
  const draw = random('added proxy')
  const pairs = Array.from({ length: 200 }, (_, id): GroupedPair => {
    const [long, short] = ['x'.repeat(20 + draw.int(30)), 'y'.repeat(1 + draw.int(40))]
    return { id, key: String(id).padStart(4, '0'), group: `group ${id >> 1}`, prompt: '', chosen: long, rejected: short }
  })
  const replies = await scanned(pairs, { seed: 1, folds: 5, dir: folder, proxy: anyProxy(length), batch: 30 })
  const scores = replies.flatMap((reply) => (reply.type === 'scores' ? reply.scores : []))
  expect(new Set(scores.map(({ id }) => id)).size).toBe(200)
  for (const { id, fold } of scores) expect(fold).toBe(foldOf(pairs[id]?.group as string, 1, 5))
  // Where the longer response is chosen, a weight above zero gets it right, and the margin is that of the fold's weight.
  const ratios = scores
    .map(({ id, fold, margin }) => ({
      fold,
      ratio: margin / ((pairs[id]?.chosen.length as number) - (pairs[id]?.rejected.length as number)),
    }))
    .filter(({ ratio }) => Number.isFinite(ratio))
  for (let fold = 0; fold < 5; fold++) {
    const own = ratios.filter((each) => each.fold === fold).map(({ ratio }) => ratio)
    expect(Math.min(...own)).toBeGreaterThan(0)
    expect(Math.max(...own) - Math.min(...own)).toBeLessThan(1e-5)
  }
  expect(replies.find(({ type }) => type === 'features')).toMatchObject({
    features: [{ feature: 'characters', side: 'chosen', support: 200 }],
  })
  expect(replies.at(-1)).toMatchObject({ type: 'done' })
  expect(existsSync(join(folder, 'fold-4.onnx'))).toBe(true)
  expect(length.explain(length.load(length.save(Float32Array.of(2))), { prompt: '', chosen: 'abc', rejected: 'a' }, CONTEXT)).toMatchObject(
    { textMargin: 4 },
  )
})
