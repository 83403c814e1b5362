import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { BlindfoldError } from '../../src/core/errors.ts'
import { connect, type DbClient } from '../../src/db/worker/client.ts'
import { defineKind, StillRunning, type AnyKind, type JobContext } from '../../src/jobs/kind.ts'
import { JobRunner } from '../../src/jobs/runner.ts'

const input = z.object({ name: z.string() })
type Context = JobContext<{ name: string }>

/** Ends when it is told to, or when it is stopped. */
class Gate {
  running: string[] = []
  order: string[] = []
  contexts = new Map<string, Context>()
  #open = new Map<string, () => void>()

  run = async (context: Context): Promise<{ name: string }> => {
    const { name } = context.input
    this.running.push(name)
    this.order.push(name)
    this.contexts.set(name, context)
    try {
      await new Promise<void>((resolve, reject) => {
        this.#open.set(name, resolve)
        context.signal.addEventListener('abort', () => reject(context.signal.reason as Error))
      })
      return { name }
    } finally {
      this.running.splice(this.running.indexOf(name), 1)
    }
  }

  open(name: string): void {
    this.#open.get(name)?.()
  }
}

let folder: string
let db: DbClient
let gate: Gate
let published: string[]

const kindsOf = (of: Gate) => {
  const data = defineKind({
    kind: 'import',
    input,
    title: (i) => `Data ${i.name}`,
    resumable: true,
    resources: ['project-data'],
    run: of.run,
  })
  const trainer = defineKind({ kind: 'train', input, title: (i) => i.name, resumable: true, resources: ['trainer'], run: of.run })
  const free = defineKind({ kind: 'export', input, title: (i) => i.name, resumable: false, resources: [], run: of.run })
  const both = defineKind({
    kind: 'demo',
    input,
    title: (i) => i.name,
    resumable: true,
    resources: ['project-data', 'trainer'],
    run: of.run,
  })
  return { data, trainer, free, both }
}
const runnerOf = (of: Gate, kinds: AnyKind[] = Object.values(kindsOf(of))) =>
  new JobRunner({
    db,
    project: { path: folder },
    places: { userDir: folder, trainerSource: folder },
    kinds,
    publish: (topic, id) => published.push(`${topic} ${id}`),
  })
const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2))
}
const code = async (promise: Promise<unknown>): Promise<string> => {
  const error = await promise.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(BlindfoldError)
  return (error as BlindfoldError).code
}

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'runner-'))
  db = await connect(folder, { create: true })
  gate = new Gate()
  published = []
})
afterEach(async () => {
  await db.close()
  rmSync(folder, { recursive: true, force: true })
})

describe('JobRunner', () => {
  test('stores a job before its work begins, and its result after', async () => {
    const { free } = kindsOf(gate)
    let rowAtStart: string | undefined
    const seeing = {
      ...free,
      run: async (context: Context) => {
        rowAtStart = (await db.jobs.get(context.jobId))?.state.status
        context.log('hello')
        return { answer: 42 }
      },
    }
    const runner = runnerOf(gate, [seeing])
    const { id } = await runner.start(seeing, { name: 'a' })
    const job = await runner.finished(id)
    expect(rowAtStart).toBe('running')
    expect(job).toMatchObject({ title: 'a', resumable: false, state: { status: 'succeeded', result: { answer: 42 } } })
    expect(await runner.list()).toEqual([job])
    expect((await runner.log(id, 10)).some((line) => line.endsWith(' hello'))).toBe(true)
    expect(published.every((line) => line === `jobs ${id}`)).toBe(true)
  })

  test('jobs wait for their resources in order; others pass', async () => {
    const { data, trainer, both, free } = kindsOf(gate)
    const runner = runnerOf(gate)
    for (const [kind, name] of [
      [data, 'd1'],
      [both, 'b'],
      [trainer, 't'],
      [free, 'f'],
      [data, 'd2'],
    ] as const) {
      await runner.start(kind, { name })
    }
    await until(() => gate.running.length === 2)
    // `t` could start, but `b` came first and would starve.
    expect(gate.running).toEqual(['d1', 'f'])
    expect((await runner.list()).map((job) => job.state.status).sort()).toEqual(['queued', 'queued', 'queued', 'running', 'running'])
    gate.open('d1')
    await until(() => gate.running.includes('b'))
    expect(gate.running).toEqual(['f', 'b'])
    gate.open('b')
    await until(() => gate.running.length === 3)
    expect(gate.order).toEqual(['d1', 'f', 'b', 't', 'd2'])
    await runner.close()
  })

  test('cancels what runs and what waits, and resumes both', async () => {
    const { data } = kindsOf(gate)
    const runner = runnerOf(gate)
    const first = await runner.start(data, { name: 'a' })
    const second = await runner.start(data, { name: 'b' })
    expect((await runner.cancel(second.id)).state.status).toBe('cancelled')
    expect((await db.jobs.get(second.id))?.state.status).toBe('cancelled')
    await until(() => gate.running.length === 1)
    expect(['cancelling', 'cancelled']).toContain((await runner.cancel(first.id)).state.status)
    expect((await runner.finished(first.id)).state.status).toBe('cancelled')
    expect(await code(runner.cancel(first.id))).toBe('JOB_STATE')

    const resumed = await Promise.allSettled([runner.resume(first.id), runner.resume(first.id)])
    expect(resumed.map((result) => result.status)).toEqual(['fulfilled', 'rejected'])
    await until(() => gate.running.length === 1)
    expect(gate.contexts.get('a')?.resumedFrom).toBe('cancelled')
    gate.open('a')
    expect((await runner.finished(first.id)).state.status).toBe('succeeded')
    expect(await code(runner.resume(first.id))).toBe('JOB_STATE')
    expect(await code(runner.get('none'))).toBe('NOT_FOUND')
  })

  test('a failure keeps what a person needs; a defect becomes INTERNAL and names the log', async () => {
    const { free } = kindsOf(gate)
    const failing = {
      ...free,
      run: (context: Context) =>
        Promise.reject(
          context.input.name === 'known'
            ? new BlindfoldError('FILE_UNREADABLE', 'No.', { remedy: 'Mend it.', file: 'f.jsonl', row: 7, field: 'prompt' })
            : new TypeError('x is undefined'),
        ),
    }
    const runner = runnerOf(gate, [failing])
    const known = await runner.finished((await runner.start(failing, { name: 'known' })).id)
    expect(known.state).toMatchObject({
      status: 'failed',
      error: { code: 'FILE_UNREADABLE', message: 'No.', remedy: 'Mend it.', file: 'f.jsonl', row: 7, field: 'prompt' },
    })
    const defect = await runner.finished((await runner.start(failing, { name: 'defect' })).id)
    expect(defect.state).toMatchObject({ status: 'failed', error: { code: 'INTERNAL', file: `logs/${defect.id}.log` } })
    expect((await runner.log(defect.id, 100)).join('\n')).toContain('TypeError: x is undefined')
    expect(await code(runner.start(failing, { name: 1 as never }))).toBe('INVALID_INPUT')
    expect(await runner.list()).toHaveLength(2)
  })

  test('progress is told at most five times a second, stored at most once, and never lost at the end', async () => {
    const { free } = kindsOf(gate)
    let stored = 0
    const counting = {
      ...db,
      jobs: { ...db.jobs, setState: (...args: Parameters<DbClient['jobs']['setState']>) => ((stored += 1), db.jobs.setState(...args)) },
    }
    const busy = {
      ...free,
      run: async (context: Context) => {
        for (let i = 0; i <= 10_000; i += 1) {
          context.progress({ phase: 'work', done: i, total: 10_000, unit: 'things' })
          if (i % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 4))
        }
        return {}
      },
    }
    const runner = new JobRunner({
      db: counting,
      project: { path: folder },
      places: { userDir: folder, trainerSource: folder },
      kinds: [busy],
      publish: (topic) => published.push(topic),
    })
    const began = performance.now()
    const job = await runner.finished((await runner.start(busy, { name: 'a' })).id)
    const seconds = (performance.now() - began) / 1000
    // Start, queue and end are told besides.
    expect(published.length).toBeLessThanOrEqual(seconds * 5 + 5)
    expect(published.length).toBeGreaterThan(3)
    expect(stored).toBeLessThanOrEqual(seconds + 4)
    expect(job.state).toMatchObject({ progress: { phase: 'work', done: 10_000, total: 10_000 } })
    expect((await db.jobs.get(job.id))?.state).toEqual(job.state)
  })

  test('closing interrupts what runs and what waits, and leaves detached work to itself', async () => {
    const { data, trainer } = kindsOf(gate)
    const detached = {
      ...trainer,
      detached: true,
      run: (context: Context) =>
        gate.run(context).catch((error: unknown) => Promise.reject(context.signal.aborted ? new StillRunning() : error)),
    }
    const runner = runnerOf(gate, [data, detached])
    const running = await runner.start(data, { name: 'a' })
    const waiting = await runner.start(data, { name: 'b' })
    const training = await runner.start(detached, { name: 't' })
    await until(() => gate.running.length === 2)
    await runner.close()
    expect(await code(runner.start(data, { name: 'c' }))).toBe('PROJECT_NOT_OPEN')
    const status = async (id: string) => (await db.jobs.get(id))?.state.status
    expect([await status(running.id), await status(waiting.id), await status(training.id)]).toEqual([
      'interrupted',
      'interrupted',
      'running',
    ])

    gate = new Gate()
    const reborn = { ...detached, run: gate.run }
    const next = runnerOf(gate, [data, reborn])
    await next.recover()
    await until(() => gate.running.length === 1)
    expect(gate.contexts.get('t')).toMatchObject({ jobId: training.id, resumedFrom: 'running' })
    gate.open('t')
    expect((await next.finished(training.id)).state.status).toBe('succeeded')
  })

  test('what a killed backend left behind is interrupted on the next opening, and can go on', async () => {
    const { data } = kindsOf(gate)
    const runner = runnerOf(gate)
    const running = await runner.start(data, { name: 'a' })
    const waiting = await runner.start(data, { name: 'b' })
    await until(() => gate.running.length === 1)

    gate = new Gate()
    const next = runnerOf(gate)
    await next.recover()
    for (const { id } of [running, waiting]) {
      expect(await next.get(id)).toMatchObject({ resumable: true, state: { status: 'interrupted' } })
    }
    await next.resume(running.id)
    await until(() => gate.running.length === 1)
    expect(gate.contexts.get('a')).toMatchObject({ resumedFrom: 'interrupted', input: { name: 'a' } })
    await next.close()
  })
})
