import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ORPCError } from '@orpc/client'
import { isContractProcedure } from '@orpc/contract'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { contract } from '../../src/contract/index.ts'
import { errorDetail } from '../../src/contract/errors.ts'
import { ERROR_CODES } from '../../src/core/errors.ts'
import { portBackend, socketBackend, type Client, type RunningBackend } from './backends.ts'

/** An input that the schema takes, for every procedure that has one and needs an open project. */
const VALID_INPUTS: Record<string, unknown> = {
  'imports.preview': undefined,
  'imports.start': { file: '/nowhere.jsonl', source: 'a' },
  'imports.quarantine': {},
  'imports.exportQuarantine': { out: '/nowhere/q.jsonl' },
  'imports.retryQuarantine': {},
  'imports.skipped': { jobId: 'x' },
  'imports.heal': { fetchHosts: ['example.org'] },
  'columnMaps.save': undefined,
  'columnMaps.remove': undefined,
  'jobs.get': { jobId: 'x' },
  'jobs.cancel': { jobId: 'x' },
  'jobs.resume': { jobId: 'x' },
  'jobs.log': { jobId: 'x' },
  'scan.start': {},
  'scan.stability': {},
  'scan.saveReport': { file: '/nowhere/report.html' },
  'probe.start': {},
  'reasons.pairs': { feature: 'yes', kind: 'ngram' },
  'reasons.whatIf': { pairId: 1, prompt: '', chosen: 'a', rejected: 'b' },
  'reasons.mute': { muted: [{ feature: 'yes', kind: 'ngram' }] },
  'pairs.list': {},
  'pairs.pages': { size: 100 },
  'pairs.count': {},
  'pairs.set': { id: 1 },
  'pairs.get': { pairId: 1 },
  'pairs.attribution': { pairId: 1 },
  'pairs.neighbours': { pairId: 1 },
  'pairs.tag': { pairId: 1, add: ['x'] },
  'slices.save': { name: 'x', filter: {} },
  'slices.rename': { id: 1, name: 'x' },
  'slices.remove': { id: 1 },
  'bulk.start': { filter: {}, change: { action: 'discard' }, expected: 1 },
  'bulk.undo': { id: 1 },
  'review.annotate': { pairId: 1, action: 'keep' },
  'training.plan': { sources: ['a'] },
  'training.start': { method: 'standard', sources: ['a'] },
  'training.preflight': { method: 'standard', sources: ['a'] },
  'training.sfc': { runId: 'x' },
  'evaluation.flips': { from: 'x', to: 'y' },
  'evaluation.flipped': { from: 'x', to: 'y', kind: 'won' },
  'training.run': { runId: 'x' },
  'training.steps': { runId: 'x' },
  'exports.plan': { out: '/nowhere/e' },
  'exports.start': { out: '/nowhere/e' },
  'demo.start': {},
  'models.download': { repo: 'owner/name', revision: 'main', files: ['model.onnx'] },
}

/** Procedures that work, or refuse for another reason, while no project is open. */
const WITHOUT_PROJECT = new Set([
  ...Object.keys(contract.projects).map((name) => `projects.${name}`),
  ...Object.keys(contract.columnMaps).map((name) => `columnMaps.${name}`),
  'imports.preview',
  'imports.survey',
  'imports.surveyProgress',
  'training.environment',
  'events.subscribe',
  'models.list',
  'models.add',
  'models.plan',
  'models.remove',
])

type Procedure = { path: string; hasInput: boolean }

function procedures(node: unknown = contract, path: string[] = []): Procedure[] {
  if (isContractProcedure(node)) return [{ path: path.join('.'), hasInput: node['~orpc'].inputSchema !== undefined }]
  return Object.entries(node as Record<string, unknown>).flatMap(([name, child]) => procedures(child, [...path, name]))
}

function call(client: Client, path: string, input: unknown): Promise<unknown> {
  const found = path.split('.').reduce<unknown>((node, name) => (node as Record<string, unknown>)[name], client)
  return (found as (input: unknown) => Promise<unknown>)(input)
}

async function refusal(promise: Promise<unknown>): Promise<ORPCError<string, unknown>> {
  const error = await promise.then(
    (value) => expect.fail(`expected a refusal, got ${JSON.stringify(value)}`),
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(ORPCError)
  const typed = error as ORPCError<string, unknown>
  expect(ERROR_CODES).toContain(typed.code)
  expect(errorDetail.parse(typed.data).remedy).not.toBe('')
  return typed
}

describe.each([
  ['relayed message port', portBackend],
  ['WebSocket', socketBackend],
] as const)('contract over a %s', (_name, start) => {
  let home: string
  let backend: RunningBackend
  let client: Client
  let disconnect: () => void

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'blindfold-contract-'))
    backend = await start(home)
    ;({ client, close: disconnect } = await backend.connect())
  })
  afterAll(async () => {
    disconnect()
    expect(await backend.close()).toBe(0)
    await rm(home, { recursive: true, force: true })
  })

  const all = procedures()

  it('knows every procedure', () => {
    expect(all.length).toBeGreaterThan(30)
    for (const { path, hasInput } of all) {
      if (hasInput && !WITHOUT_PROJECT.has(path)) expect(VALID_INPUTS, path).toHaveProperty([path])
    }
  })

  it.each(all.filter(({ path }) => !WITHOUT_PROJECT.has(path)))('$path refuses while no project is open', async ({ path }) => {
    expect((await refusal(call(client, path, VALID_INPUTS[path]))).code).toBe('PROJECT_NOT_OPEN')
  })

  it.each(all.filter(({ hasInput }) => hasInput))('$path refuses input of another shape', async ({ path }) => {
    const error = await refusal(call(client, path, 'not an object'))
    expect(error.code).toBe('INVALID_INPUT')
  })

  it('names the field that is wrong', async () => {
    const error = await refusal(call(client, 'pairs.list', { limit: 100_000 }))
    expect(error.code).toBe('INVALID_INPUT')
    expect(errorDetail.parse(error.data).field).toBe('limit')
  })

  it('creates, closes, opens and lists', async () => {
    const made = await client.projects.create({ path: join(home, 'first') })
    expect(made.path).toBe(join(home, 'first.blindfold'))
    expect(await client.projects.current()).toEqual(made)
    expect((await client.pairs.list({})).rows).toEqual([])
    expect(await client.jobs.list()).toEqual([])
    expect(await client.scan.report()).toBeNull()
    await client.projects.close()
    expect(await client.projects.current()).toBeNull()
    expect((await refusal(client.projects.create({ path: join(home, 'first') }))).code).toBe('PROJECT_EXISTS')
    expect((await refusal(client.projects.open({ path: join(home, 'none.blindfold') }))).code).toBe('PROJECT_NOT_FOUND')
    expect((await client.projects.open({ path: made.path })).path).toBe(made.path)
    expect((await client.projects.recent())[0]).toMatchObject({ path: made.path, exists: true })
  })

  it('keeps a second backend out with a clear message', async () => {
    const other = await portBackend(home)
    try {
      const second = await other.connect()
      const path = (await client.projects.current())!.path
      const error = await refusal(second.client.projects.open({ path }))
      expect(error.code).toBe('PROJECT_LOCKED')
      expect(error.message).not.toMatch(/database is locked/)
    } finally {
      await other.close()
    }
  })

  it('streams events in order, to every window, until told to stop', async () => {
    const window = await backend.connect()
    const stop = new AbortController()
    const streams = await Promise.all([client, window.client].map((each) => each.events.subscribe(undefined, { signal: stop.signal })))
    const taken = streams.map(async (stream) => {
      const numbers: number[] = []
      for await (const event of stream) {
        if (event.topic === 'project') numbers.push(event.seq)
        if (numbers.length === 2) break
      }
      return numbers
    })
    await client.projects.create({ path: join(home, 'second') })
    await client.projects.close()
    const [mine, theirs] = await Promise.all(taken)
    expect(mine).toEqual(theirs)
    expect(mine![1]).toBeGreaterThan(mine![0]!)
    stop.abort()
    window.close()
  })

  it('ends a stream when its reader aborts, and serves on', async () => {
    const stop = new AbortController()
    const stream = await client.events.subscribe(undefined, { signal: stop.signal })
    const end = stream.next().then(
      (result) => (result.done ? 'ended' : 'went on'),
      () => 'ended',
    )
    stop.abort()
    expect(await end).toBe('ended')
    expect(await client.projects.current()).toBeNull()
  })

  it('survives a window that leaves in the middle of a stream', async () => {
    const window = await backend.connect()
    const stream = await window.client.events.subscribe()
    void stream.next().catch(() => undefined)
    window.close()
    expect(await client.projects.current()).toBeNull()
  })
})

describe('the backend of the shell', () => {
  it('tells the shell which project is open, and ends with the shell', async () => {
    const home = await mkdtemp(join(tmpdir(), 'blindfold-contract-'))
    const backend = await portBackend(home)
    const { client } = await backend.connect()
    const made = await client.projects.create({ path: join(home, 'told') })
    expect(backend.project()).toBe(made.path)
    await client.projects.close()
    expect(backend.project()).toBeNull()
    backend.child.disconnect()
    await new Promise((resolve) => backend.child.once('exit', resolve))
    expect(backend.child.exitCode).toBe(0)
    await rm(home, { recursive: true, force: true })
  })
})
