import { fork } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { download, planDownload } from '../../src/models/hub.ts'
import { listModels, removeModel } from '../../src/models/registry.ts'
import { onnxModel } from '../../src/proxies/onnx-model.ts'

// A hub of our own that answers as Hugging Face's does: the listing with blobs, files by commit, ranges.
const COMMIT = 'a'.repeat(40)
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
const blob = (data: Buffer): string => createHash('sha1').update(`blob ${data.length}\0`).update(data).digest('hex')

let home: string
let server: Server
let sent = 0
let ranges: string[] = []
let asked: string[] = []
let wrong = false
/** Bytes of the model after which the connection breaks, once; and how slowly bytes come. */
let breakAt = Infinity
let slow = false

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'blindfold-hub-'))
  ;[sent, ranges, asked, wrong, breakAt, slow] = [0, [], [], false, Infinity, false]
  server = createServer((request, response) => {
    const url = decodeURIComponent(request.url ?? '')
    asked.push(url)
    if (url === '/api/models/owner/name/revision/main?blobs=true' || url === `/api/models/owner/name/revision/${COMMIT}?blobs=true`) {
      const siblings = Object.entries(files).map(([rfilename, data]) =>
        rfilename.endsWith('.onnx')
          ? { rfilename, size: data.length, blobId: 'b'.repeat(40), lfs: { sha256: wrong ? 'c'.repeat(64) : sha256(data), size: data.length, pointerSize: 130 } }
          : { rfilename, size: data.length, blobId: blob(data) },
      )
      siblings.push({ rfilename: '../../evil.json', size: 3, blobId: 'd'.repeat(40) })
      return void response.end(JSON.stringify({ sha: COMMIT, siblings }))
    }
    const data = files[url.replace(`/owner/name/resolve/${COMMIT}/`, '')]
    if (!data) return void response.writeHead(404).end()
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0)
    if (request.headers.range) ranges.push(request.headers.range)
    response.writeHead(from > 0 ? 206 : 200, from > 0 ? { 'content-range': `bytes ${from}-${data.length - 1}/${data.length}` } : {})
    void (async () => {
      for (let at = from; at < data.length; at += 65_536) {
        if (at >= breakAt) {
          breakAt = Infinity
          return response.destroy()
        }
        if (response.destroyed) return
        const part = data.subarray(at, at + 65_536)
        sent += part.length
        // What is only buffered here is lost when the connection breaks.
        if (!response.write(part)) await once(response, 'drain').catch(() => {})
        if (slow) await sleep(20)
      }
      response.end()
    })()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  process.env['HF_ENDPOINT'] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterEach(() => {
  delete process.env['HF_ENDPOINT']
  server.closeAllConnections()
  server.close()
  rmSync(home, { recursive: true, force: true })
})

const request = { repo: 'owner/name', revision: 'main', files: null, card: {} }
const context = (signal = new AbortController().signal, progress: (report: { done: number }) => void = () => {}) => ({ signal, progress, log: () => {} })

test('a plan asks for the list alone, and a download gets exactly that, checked and detected', async () => {
  const plan = await planDownload('owner/name')
  expect(asked).toHaveLength(1)
  expect(plan).toMatchObject({ revision: COMMIT, bytes: Object.values(files).reduce((sum, data) => sum + data.length, 0) })
  expect(plan.files.map(({ path }) => path).sort()).toEqual(Object.keys(files).sort())
  const seen: number[] = []
  const model = await download(home, request, context(undefined, ({ done }) => seen.push(done)))
  expect(seen.at(-1)).toBe(plan.bytes)
  expect(seen).toEqual([...seen].sort((a, b) => a - b))
  expect(model).toMatchObject({ kind: 'encoder', model: 'onnx/model.onnx', pooling: 'cls', maxLength: 256, precision: 'fp32', hash: sha256(graph), source: { type: 'hub', repo: 'owner/name', revision: COMMIT } })
  expect(listModels(home)).toEqual([model])
  writeFileSync(join(model.dir, 'tokenizer.json'), '{"changed": true}')
  expect(listModels(home)[0]?.problem).toMatch(/changed/)
  removeModel(home, model.id)
  expect(existsSync(model.dir)).toBe(false)
})

test('a process that is killed in the middle is gone on with where it stopped, also over a broken connection', async () => {
  slow = true
  const code = `import { download } from ${JSON.stringify(new URL('../../src/models/hub.ts', import.meta.url).href)}
    await download(process.argv[2], ${JSON.stringify(request)}, { signal: new AbortController().signal, progress: () => {}, log: () => {} })`
  const script = join(home, 'child.ts')
  writeFileSync(script, code)
  const child = fork(script, [home], { stdio: 'inherit', execArgv: [], env: process.env })
  while (sent < 1_000_000) await sleep(10)
  child.kill('SIGKILL')
  await new Promise((resolve) => child.once('exit', resolve))
  const partial = join(home, 'models', 'partial')
  const part = join(partial, readdirSync(partial)[0] as string, 'onnx', 'model.onnx.part')
  const kept = statSync(part).size
  expect(kept).toBeGreaterThan(0)
  expect(listModels(home)).toEqual([])
  ;[slow, sent, ranges, breakAt] = [false, 0, [], kept + 1_000_000]
  const model = await download(home, request, context())
  expect(ranges[0]).toBe(`bytes=${kept}-`)
  expect(ranges).toHaveLength(2)
  // The second go, after the connection broke, began behind what the first had brought.
  expect(Number(/\d+/.exec(ranges[1] as string)?.[0])).toBeGreaterThan(kept)
  expect(sha256(readFileSync(join(model.dir, model.model)))).toBe(sha256(graph))
})

test('cancelling stops within a second; what is wrong says so', async () => {
  slow = true
  const stop = new AbortController()
  const reason = new Error('stopped')
  const going = download(home, request, context(stop.signal))
  while (sent < 500_000) await sleep(5)
  const at = performance.now()
  stop.abort(reason)
  await expect(going).rejects.toBe(reason)
  expect(performance.now() - at).toBeLessThan(1000)
  ;[slow, wrong] = [false, true]
  await expect(download(home, request, context())).rejects.toMatchObject({ code: 'DOWNLOAD_FAILED', message: expect.stringContaining('checksum') as string })
  expect(listModels(home)).toEqual([])
  await expect(planDownload('owner/other')).rejects.toMatchObject({ code: 'DOWNLOAD_FAILED', message: expect.stringContaining('404') as string })
  await expect(planDownload('../name')).rejects.toMatchObject({ code: 'INVALID_INPUT' })
  await new Promise((resolve) => { server.closeAllConnections(); server.close(resolve) })
  await expect(planDownload('owner/name')).rejects.toMatchObject({ code: 'DOWNLOAD_FAILED', message: expect.stringContaining('ECONNREFUSED') as string })
})
