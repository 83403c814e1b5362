import { appendFileSync, mkdtempSync, readdirSync, rmSync, statSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { GivenCard, Model } from '../../contract/models.ts'
import { random } from '../../core/random.ts'
import { registerFolder } from '../../models/registry.ts'
import { onnxModel } from '../../proxies/onnx-model.ts'
import { occlusion } from '../../proxies/occlusion.ts'
import type { TextResponse } from '../../proxies/proxy.ts'
import { CachedReader } from './cached-reader.ts'
import { fingerprint } from './fingerprint.ts'
import { pruneReadings } from './prune.ts'
import { ReadingError } from './reading-error.ts'
import { TextModel } from './text-model.ts'
import { hidden, rewardOf, tokensOf, VOCABULARY, writeTextModel, type ModelOutput } from '../../../test/text-models.ts'

// Registered models as a scan reads with them: real ONNX files, ONNX Runtime and tokenizers; expected numbers are
// computed here.

let home: string
let made = 0
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'blindfold-text-model-'))
})
afterAll(() => rmSync(home, { recursive: true, force: true }))

const COMPUTING = { executionProvider: 'cpu', threads: 1 } as const
const CHAT = "{% for m in messages %}{{ '< ' + m.role + ': ' + m.content + ' ' }}{% endfor %}"

function registered(output: ModelOutput, card: GivenCard, fp16 = false): Promise<Model> {
  return registerFolder(home, writeTextModel(join(home, `model ${made++}`), { output, fp16 }), { name: `test ${made}`, ...card })
}

/** Responses of one to sixty words; every tenth without a prompt. */
function responses(n: number): TextResponse[] {
  const draw = random(`responses ${n}`)
  const say = (words: number): string => Array.from({ length: words }, () => VOCABULARY[4 + draw.int(20)] as string).join(' ')
  return Array.from({ length: n }, (_, i) => ({ prompt: i % 10 === 0 ? '' : say(3), response: say(1 + draw.int(60)) }))
}

const framed = (text: string): number[] => [2, ...tokensOf(text), 3]
const idsOf = ({ prompt, response }: TextResponse): number[] => framed(`${prompt} ${response}`)
const rowsOf = (numbers: Float32Array, width: number): number[][] =>
  Array.from({ length: numbers.length / width }, (_, i) => Array.from(numbers.subarray(i * width, (i + 1) * width)))
const furthest = (some: number[][], others: number[][]): number =>
  Math.max(...some.flatMap((row, i) => row.map((value, j) => Math.abs(value - (others[i]?.[j] ?? NaN)))))
const unit = (vector: number[]): number[] => vector.map((value) => value / Math.hypot(...vector))

/** What the model gives for texts in one reading, and one by one. */
async function read(model: Model, texts: readonly TextResponse[]): Promise<{ together: number[][]; alone: number[][] }> {
  const reader = await TextModel.open(model, COMPUTING)
  const together = rowsOf(await reader.read(texts), reader.width)
  const alone: number[][] = []
  for (const text of texts) alone.push(...rowsOf(await reader.read([text]), reader.width))
  await reader.release()
  return { together, alone }
}

describe('an encoder', () => {
  const POOLED: Record<string, (h: number[][]) => number[]> = {
    mean: (h) => (h[0] as number[]).map((_, j) => h.reduce((sum, token) => sum + (token[j] as number), 0) / h.length),
    cls: (h) => h[0] as number[],
    last: (h) => h.at(-1) as number[],
  }
  test.each(Object.keys(POOLED) as ('mean' | 'cls' | 'last')[])(
    'gives the normalised %s of its tokens, whatever else is in the batch',
    async (pooling) => {
      const texts = responses(120)
      const { together, alone } = await read(await registered('embedding', { pooling }), texts)
      const expected = texts.map((text) => unit((POOLED[pooling] as (h: number[][]) => number[])(hidden(idsOf(text)))))
      expect(furthest(together, expected)).toBeLessThan(2e-6)
      expect(furthest(together, alone)).toBeLessThan(2e-6)
    },
  )

  test('of 16-bit floats is read, too, and no batch changes its numbers', async () => {
    const texts = responses(40)
    const model = await registered('embedding', { pooling: 'mean', precision: 'fp16' }, true)
    const { together, alone } = await read(model, texts)
    expect(
      furthest(
        together,
        texts.map((text) => unit(POOLED['mean']?.(hidden(idsOf(text))) as number[])),
      ),
    ).toBeLessThan(5e-3)
    expect(furthest(together, alone)).toBe(0)
  })

  test('keeps the response of a text that is too long, and the end of its prompt', async () => {
    const [prompt, response] = ['ant bear cow deer eel fox goat hare ibis jay', 'kiwi lark mole']
    const model = await registered('embedding', { pooling: 'mean', maxLength: 10 })
    const mean = (text: string): number[] => unit(POOLED['mean']?.(hidden(framed(text))) as number[])
    const { together } = await read(model, [
      { prompt, response },
      { prompt: 'ant', response: `${prompt} ${response}` },
    ])
    // The prompt may be cut within a word; never is there less of it than there is room for.
    const ends = [...prompt]
      .map((_, i) => `${prompt.slice(i)} ${response}`)
      .filter((text) => furthest([together[0] as number[]], [mean(text)]) < 1e-5)
    expect(ends.map((text) => framed(text).length)).toContain(10)
    expect(furthest([together[1] as number[]], [mean('fox goat hare ibis jay kiwi lark mole')])).toBeLessThan(1e-5)
  })
})

test('threads that read batches side by side give the numbers of one session, and tell what went wrong', async () => {
  const model = await registered('last-seen', { kind: 'reward-model', maxLength: 64 })
  const texts = responses(2000)
  const [one, several] = [await TextModel.open(model, COMPUTING), await TextModel.open(model, { executionProvider: 'cpu', threads: 3 })]
  const places: number[] = []
  const numbers = await several.read(texts, (some) => places.push(...some))
  expect(several.threads).toBe(3)
  expect(one.threads).toBe(0)
  expect(numbers).toEqual(await one.read(texts))
  expect(places.sort((a, b) => a - b)).toEqual([...texts.keys()])
  // Its file goes away before the threads of another reader open it.
  const late = await TextModel.open(model, { executionProvider: 'cpu', threads: 2 })
  rmSync(join(model.dir, 'model.onnx'))
  await expect(late.read(texts)).rejects.toMatchObject({ name: 'ReadingError', message: expect.stringContaining('model.onnx') as string })
  for (const reader of [one, several, late]) await reader.release()
})

describe('a reward model', () => {
  test.each(['token-rewards', 'last-seen', 'last-of-all'] as const)(
    'with the output “%s” gives the reward at the last token that is no padding',
    async (output) => {
      const texts = responses(80)
      const { together, alone } = await read(await registered(output, { kind: 'reward-model' }), texts)
      expect(
        furthest(
          together,
          texts.map((text) => [rewardOf(idsOf(text))]),
        ),
      ).toBeLessThan(1e-5)
      expect(furthest(together, alone)).toBeLessThan(1e-5)
    },
  )

  test('reads texts by its chat template, which brings its own special tokens', async () => {
    const texts = responses(30)
    const { together } = await read(await registered('token-rewards', { kind: 'reward-model', chatTemplate: CHAT }), texts)
    expect(
      furthest(
        together,
        texts.map(({ prompt, response }) => [rewardOf(tokensOf(`< user: ${prompt} < assistant: ${response}`))]),
      ),
    ).toBeLessThan(1e-5)
  })
})

describe('what cannot be read is told with a remedy', () => {
  const why = (model: Model, computing: Parameters<typeof TextModel.open>[1] = COMPUTING) =>
    TextModel.open(model, computing).then(
      () => null,
      (error: unknown) => error,
    )

  test('files that are gone or were changed', async () => {
    const model = await registered('embedding', {})
    const file = join(model.dir, 'model.onnx')
    appendFileSync(file, '\0')
    expect(await why(model)).toMatchObject({
      name: 'ReadingError',
      message: expect.stringContaining('has changed') as string,
      remedy: expect.stringContaining('Add the model again') as string,
    })
    rmSync(file)
    expect(await why(model)).toMatchObject({ name: 'ReadingError', message: expect.stringContaining('cannot be read') as string })
    const other = await registered('embedding', {})
    writeFileSync(join(other.dir, 'tokenizer.json'), '{"model":')
    expect(await why(other)).toBeInstanceOf(ReadingError)
  })

  test('templates that are none, rewards that are several, providers that are not here', async () => {
    expect(await why(await registered('token-rewards', { kind: 'reward-model', chatTemplate: '{% for %}' }))).toMatchObject({
      remedy: expect.stringContaining('card') as string,
    })
    expect(await why(await registered('embedding', { kind: 'reward-model' }))).toMatchObject({
      message: expect.stringContaining('6 numbers') as string,
    })
    const refusing = await registered('token-rewards', { kind: 'reward-model', chatTemplate: "{{ raise_exception('no assistant here') }}" })
    expect(await why(refusing)).toMatchObject({ name: 'ReadingError', message: expect.stringContaining('no assistant here') as string })
    const missing = process.platform === 'darwin' ? 'dml' : 'coreml'
    expect(await why(await registered('embedding', {}), { executionProvider: missing, threads: null })).toMatchObject({
      remedy: expect.stringContaining('cpu') as string,
    })
  })
})

test('numbers that are not finite are refused, and a text without tokens has a number', async () => {
  const model = await registered('last-seen', { kind: 'reward-model', chatTemplate: '{{ messages[1].content }}' })
  const reader = await TextModel.open(model, COMPUTING)
  expect(rowsOf(await reader.read([{ prompt: '', response: '' }]), 1)).toEqual([[expect.closeTo(rewardOf([0]), 5)]])
  await reader.release()

  const graph = onnxModel({
    name: 'endless',
    inputs: [{ name: 'input_ids', type: 'int64', dims: ['batch', 'length'] }],
    outputs: [{ name: 'reward', type: 'float32', dims: ['batch'] }],
    constants: [
      { name: 'rewards', dims: [VOCABULARY.length], data: Float32Array.from(VOCABULARY, (word) => (word === 'owl' ? Infinity : 1)) },
      { name: 'axis', dims: [1], data: BigInt64Array.of(1n) },
    ],
    nodes: [
      { op: 'Gather', inputs: ['rewards', 'input_ids'], outputs: ['each'] },
      { op: 'ReduceSum', inputs: ['each', 'axis'], outputs: ['reward'], ints: { keepdims: 0 } },
    ],
  })
  const dir = writeTextModel(join(home, 'endless'), { output: 'embedding' })
  writeFileSync(join(dir, 'model.onnx'), graph)
  const endless = await TextModel.open(await registerFolder(home, dir, { kind: 'reward-model' }), COMPUTING)
  expect(await endless.read([{ prompt: '', response: 'ant bear' }])).toEqual(Float32Array.of(4))
  await expect(endless.read([{ prompt: '', response: 'an owl' }])).rejects.toMatchObject({
    name: 'ReadingError',
    message: expect.stringContaining('not finite') as string,
  })
  await endless.release()
})

test('a model’s fingerprint changes with whatever changes its numbers: weights beside the graph, tokenizer, card', async () => {
  const model = await registered('embedding', { pooling: 'mean' })
  const prints = [
    await fingerprint(model),
    await fingerprint({ ...model, pooling: 'cls' }),
    await fingerprint({ ...model, maxLength: 100 }),
  ]
  writeFileSync(join(model.dir, 'model.onnx_data'), 'weights')
  prints.push(await fingerprint(model))
  writeFileSync(join(model.dir, 'model.onnx_data'), 'Weights')
  prints.push(await fingerprint(model))
  appendFileSync(join(model.dir, 'tokenizer.json'), ' ')
  prints.push(await fingerprint(model))
  expect(new Set(prints.map((print) => print.fingerprint)).size).toBe(prints.length)
  expect(await fingerprint({ ...model, name: 'another', dir: model.dir })).toEqual(prints.at(-1))
})

describe('readings', () => {
  const cached = async (folder: string, model: Model) => new CachedReader(await TextModel.open(model, COMPUTING), folder)

  test('are kept by text: only what is new is read, and what was torn is read again', async () => {
    const folder = join(home, 'readings')
    const model = await registered('embedding', { pooling: 'mean' })
    const texts = responses(50)
    const first = await cached(folder, model)
    const numbers = await first.read([...texts, ...texts.slice(0, 10)])
    expect(first.counts).toEqual({ read: 50, known: 10 })
    await first.close()

    const again = await cached(folder, model)
    expect(await again.read(texts)).toEqual(numbers.subarray(0, 50 * again.width))
    expect(await again.read([{ prompt: 'new', response: 'ant' }])).toHaveLength(again.width)
    expect(again.counts).toEqual({ read: 1, known: 50 })
    await again.close()

    // Killed between rows and keys, and in the middle of a row.
    const [rows] = readdirSync(folder)
      .filter((name) => name.endsWith('.rows'))
      .map((name) => join(folder, name)) as [string]
    truncateSync(rows, statSync(rows).size - 4 * 6 - 3)
    const torn = await cached(folder, model)
    expect(await torn.read(texts)).toEqual(numbers.subarray(0, 50 * torn.width))
    expect(torn.counts).toEqual({ read: 1, known: 49 })
    await torn.close()
  })

  test('make room: those of the model that was not used for longest go first, never those in use', () => {
    const folder = mkdtempSync(join(home, 'room-'))
    const [a, b, c] = ['a', 'b', 'c'].map((letter) => letter.repeat(64)) as [string, string, string]
    for (const name of [a, b, c]) {
      writeFileSync(join(folder, `${name}.rows`), Buffer.alloc(300))
      writeFileSync(join(folder, `${name}.keys`), Buffer.alloc(100))
      utimesSync(join(folder, `${name}.rows`), 1, 1)
    }
    writeFileSync(join(folder, 'my-notes.rows'), Buffer.alloc(5000))
    pruneReadings(folder, b, 1200)
    expect(readdirSync(folder)).toHaveLength(7)
    pruneReadings(folder, a, 800)
    expect(readdirSync(folder).sort()).toEqual([`${a}.keys`, `${a}.rows`, `${b}.keys`, `${b}.rows`, 'my-notes.rows'])
    pruneReadings(folder, a, 10)
    expect(readdirSync(folder).sort()).toEqual([`${a}.keys`, `${a}.rows`, 'my-notes.rows'])
  })
})

test('occlusion: each word’s part is what the reward loses without it, and the margin is that of the whole texts', async () => {
  const reader = await TextModel.open(await registered('last-seen', { kind: 'reward-model' }), COMPUTING)
  const pair = { prompt: 'is red', chosen: 'the fox, surely', rejected: 'an owl 😀 gnu' }
  const { method, chosen, rejected, textMargin, features } = await occlusion(pair, reader, ([reward]) => 2 * (reward as number))
  const reward = (response: string): number => 2 * rewardOf(idsOf({ prompt: pair.prompt, response }))
  expect({ method, features }).toEqual({ method: 'occlusion', features: [] })
  expect(textMargin).toBeCloseTo(reward(pair.chosen) - reward(pair.rejected), 5)
  for (const [text, parts] of [
    [pair.chosen, chosen],
    [pair.rejected, rejected],
  ] as const) {
    expect(parts.map(({ start, end }) => text.slice(start, end)).join(' ')).toMatch(/^[a-z ]+$/)
    for (const { start, end, value } of parts) expect(value).toBeCloseTo(reward(text) - reward(text.slice(0, start) + text.slice(end)), 4)
  }
  expect(chosen).toHaveLength(3)
  await reader.release()
})
