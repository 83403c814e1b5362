import { fork } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { download, planDownload } from './hub.ts'
import { listModels, removeModel } from './registry.ts'
import { onnxModel } from '../proxies/onnx-model.ts'
import { COMMIT, ModelHubServer } from '../../test/model-hub-server.ts'

const weights = new Float32Array(1_000_000).map((_, i) => Math.sin(i))
const graph = Buffer.from(
  onnxModel({
    name: 'g',
    inputs: [{ name: 'input_ids', type: 'int64', dims: ['batch', 'length'] }],
    outputs: [{ name: 'last_hidden_state', type: 'float32', dims: ['batch', 'length', 4] }],
    constants: [{ name: 'w', dims: [250_000, 4], data: weights }],
    nodes: [{ op: 'Gather', inputs: ['w', 'input_ids'], outputs: ['last_hidden_state'] }],
  }),
)
const files: Record<string, Buffer> = {
  'onnx/model.onnx': graph,
  'tokenizer.json': Buffer.from('{}'),
  'config.json': Buffer.from('{"max_position_embeddings":512}'),
  'sentence_bert_config.json': Buffer.from('{"max_seq_length":256}'),
  '1_Pooling/config.json': Buffer.from('{"pooling_mode_cls_token":true}'),
}
const sha256 = (data: Buffer): string => createHash('sha256').update(data).digest('hex')

let home: string
let hub: ModelHubServer

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'blindfold-hub-'))
  hub = new ModelHubServer(files)
  process.env['HF_ENDPOINT'] = await hub.listen()
})
afterEach(async () => {
  delete process.env['HF_ENDPOINT']
  await hub.close()
  rmSync(home, { recursive: true, force: true })
})

const request = { repo: 'owner/name', revision: 'main', files: null, card: {} }
const context = (signal = new AbortController().signal, progress: (report: { done: number }) => void = () => {}) => ({
  signal,
  progress,
  log: () => {},
})

test('a plan asks for the list alone, and a download gets exactly that, checked and detected', async () => {
  const plan = await planDownload('owner/name')
  expect(hub.asked).toHaveLength(1)
  expect(plan).toMatchObject({ revision: COMMIT, bytes: Object.values(files).reduce((sum, data) => sum + data.length, 0) })
  expect(plan.files.map(({ path }) => path).sort()).toEqual(Object.keys(files).sort())
  const seen: number[] = []
  const model = await download(
    home,
    request,
    context(undefined, ({ done }) => seen.push(done)),
  )
  expect(seen.at(-1)).toBe(plan.bytes)
  expect(seen).toEqual([...seen].sort((a, b) => a - b))
  expect(model).toMatchObject({
    kind: 'encoder',
    model: 'onnx/model.onnx',
    pooling: 'cls',
    maxLength: 256,
    precision: 'fp32',
    hash: sha256(graph),
    source: { type: 'hub', repo: 'owner/name', revision: COMMIT },
  })
  expect(listModels(home)).toEqual([model])
  writeFileSync(join(model.dir, 'tokenizer.json'), '{"changed": true}')
  expect(listModels(home)[0]?.problem).toMatch(/changed/)
  removeModel(home, model.id)
  expect(existsSync(model.dir)).toBe(false)
})

test('a process that is killed in the middle is gone on with where it stopped, also over a broken connection', async () => {
  hub.slow = true
  const code = `import { download } from ${JSON.stringify(new URL('./hub.ts', import.meta.url).href)}
    await download(process.argv[2], ${JSON.stringify(request)}, { signal: new AbortController().signal, progress: () => {}, log: () => {} })`
  const script = join(home, 'child.ts')
  writeFileSync(script, code)
  const child = fork(script, [home], { stdio: 'inherit', execArgv: [], env: process.env })
  while (hub.sent < 1_000_000) await sleep(10)
  child.kill('SIGKILL')
  await new Promise((resolve) => child.once('exit', resolve))
  const partial = join(home, 'models', 'partial')
  const part = join(partial, readdirSync(partial)[0] as string, 'onnx', 'model.onnx.part')
  const kept = statSync(part).size
  expect(kept).toBeGreaterThan(0)
  expect(listModels(home)).toEqual([])
  Object.assign(hub, { slow: false, sent: 0, ranges: [], breakAt: kept + 1_000_000 })
  const model = await download(home, request, context())
  expect(hub.ranges[0]).toBe(`bytes=${kept}-`)
  expect(hub.ranges).toHaveLength(2)
  // The second go, after the connection broke, began behind what the first had brought.
  expect(Number(/\d+/.exec(hub.ranges[1] as string)?.[0])).toBeGreaterThan(kept)
  expect(sha256(readFileSync(join(model.dir, model.model)))).toBe(sha256(graph))
})

test('cancelling stops at once; what is wrong says so', async () => {
  hub.slow = true
  const stop = new AbortController()
  const reason = new Error('stopped')
  const going = download(home, request, context(stop.signal))
  while (hub.sent < 500_000) await sleep(5)
  const at = performance.now()
  stop.abort(reason)
  await expect(going).rejects.toBe(reason)
  expect(performance.now() - at).toBeLessThan(10_000)
  Object.assign(hub, { slow: false, wrong: true })
  await expect(download(home, request, context())).rejects.toMatchObject({
    code: 'DOWNLOAD_FAILED',
    message: expect.stringContaining('checksum') as string,
  })
  expect(listModels(home)).toEqual([])
  await expect(planDownload('owner/other')).rejects.toMatchObject({
    code: 'DOWNLOAD_FAILED',
    message: expect.stringContaining('404') as string,
  })
  await expect(planDownload('../name')).rejects.toMatchObject({ code: 'INVALID_INPUT' })
  await hub.close()
  await expect(planDownload('owner/name')).rejects.toMatchObject({
    code: 'DOWNLOAD_FAILED',
    message: expect.stringContaining('ECONNREFUSED') as string,
  })
})
