import { createRouterClient } from '@orpc/server'
import { readdirSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { Backend } from '../../src/services/backend.ts'
import { createRouter } from '../../src/services/router.ts'
import { trainerVariables } from '../trainer-python.ts'
import { removeTemporary, temporary } from './importing.ts'

const client = (backend: Backend) => createRouterClient(createRouter(backend))
let backend: Backend
let api: ReturnType<typeof client>
let topics: string[]

async function finished(jobId: string): Promise<void> {
  for (;;) {
    const { state } = await api.jobs.get({ jobId })
    if (state.status === 'succeeded') return
    if (state.status !== 'running' && state.status !== 'queued') throw new Error(JSON.stringify(state))
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

beforeAll(async () => {
  for (const [name, value] of Object.entries(await trainerVariables())) vi.stubEnv(name, value)
  const folder = temporary()
  backend = new Backend({ trainerSource: fileURLToPath(new URL('../../trainer', import.meta.url)), userDir: path.join(folder, 'user') })
  api = client(backend)
  topics = []
  void (async () => {
    for await (const event of backend.events.subscribe()) topics.push(event.topic)
  })()
  await api.projects.create({ path: path.join(folder, 'services.blindfold') })
  await finished((await api.demo.start({ pairs: 40, testPairs: 20, seed: 1 })).jobId)
}, 600_000)

afterAll(async () => {
  await backend.close()
  vi.unstubAllEnvs()
  removeTemporary()
})

describe('training and evaluation', { timeout: 180_000 }, () => {
  test('from the plan over the runs to the matrix', async () => {
    expect(await api.training.environment()).toMatchObject({ status: 'ready', torch: expect.stringMatching(/^2\./) })
    expect(await api.evaluation.matrix()).toEqual({ runs: [], cells: [], summary: [] })
    const plan = await api.training.plan({ sources: ['hedged'], seed: 0 })
    expect(plan).toEqual({
      trainPairs: 40,
      testSets: ['hedged', 'injected', 'verbose'].map((source) => ({ source, pairs: 20 })),
      incomplete: 0,
    })
    await expect(api.training.start({ method: 'standard', sources: ['nothing'] })).rejects.toMatchObject({ code: 'NO_DATA' })
    expect(await api.training.runs()).toEqual([])

    // Asked before, the trainer counts the same pairs and steps, and leaves nothing behind.
    const { report, ...asked } = await api.training.preflight({ method: 'standard', sources: ['hedged'], epochs: 2, batchSize: 10 })
    expect(asked).toEqual({ looked: 40, trainPairs: 40 })
    expect(report).toMatchObject({
      fits: true,
      model: 'tiny',
      method: 'standard',
      steps: 8,
      pairs: { total: 40, usable: 40, unusable_count: 0 },
      problems: [],
    })
    expect(report.memory.needed_bytes).toBeGreaterThan(1e6)
    expect(readdirSync(path.join((await api.projects.current())!.path, 'cache')).filter((name) => name.startsWith('preflight'))).toEqual([])
    await expect(api.training.preflight({ method: 'standard', sources: ['nothing'] })).rejects.toMatchObject({ code: 'NO_DATA' })

    const standard = await api.training.start({ method: 'standard', sources: ['hedged'], epochs: 1, batchSize: 10 })
    const textOnly = await api.training.start({ method: 'text-only', sources: ['hedged'], epochs: 1, batchSize: 10 })
    // One trainer at a time: the second waits.
    expect((await api.training.run({ runId: textOnly.runId })).state.status).toBe('queued')
    await finished(standard.jobId)
    await finished(textOnly.jobId)

    const run = await api.training.run({ runId: standard.runId })
    expect(run).toMatchObject({
      trainSource: 'hedged',
      trainPairs: 40,
      testPairs: 60,
      step: 4,
      totalSteps: 4,
      state: { status: 'succeeded' },
    })
    const steps = await api.training.steps({ runId: standard.runId })
    expect(steps.map((point) => point.step)).toEqual([1, 2, 3, 4])
    // What is new since a step, and only that.
    expect(await api.training.steps({ runId: standard.runId, after: 2 })).toEqual(steps.slice(2))
    expect(await api.training.steps({ runId: standard.runId, after: 4 })).toEqual([])
    expect(steps.every((point) => point.lossMm !== null && point.lossText === null)).toBe(true)
    expect((await api.training.runs()).map(({ id }) => id)).toEqual([textOnly.runId, standard.runId])

    const matrix = await api.evaluation.matrix()
    expect(matrix.cells.map(({ runId, testSource, iid, n }) => [runId === standard.runId, testSource, iid, n])).toEqual([
      [false, 'hedged', true, 20],
      [false, 'injected', false, 20],
      [false, 'verbose', false, 20],
      [true, 'hedged', true, 20],
      [true, 'injected', false, 20],
      [true, 'verbose', false, 20],
    ])
    const own = matrix.cells.filter((cell) => cell.runId === standard.runId)
    for (const { accuracy } of own) {
      expect(accuracy.low).toBeLessThanOrEqual(accuracy.value)
      expect(accuracy.high).toBeGreaterThanOrEqual(accuracy.value)
    }
    expect(own.every((cell) => cell.marginCorrelation !== null)).toBe(true)
    expect(matrix.summary.map(({ label, runs }) => [label, runs])).toEqual([
      ['standard, 1 epoch, batch 10', 1],
      ['text-only, 1 epoch, batch 10', 1],
    ])
    expect(await api.evaluation.matrix()).toEqual(matrix)
    expect(topics).toEqual(expect.arrayContaining(['runs', 'jobs', 'pairs']))
    expect((await api.jobs.log({ jobId: standard.jobId })).join('\n')).toContain('The trainer is done: 4 steps')
  })
})
