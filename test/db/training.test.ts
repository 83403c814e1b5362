import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { demoKind } from '../../src/jobs/kinds/demo.ts'
import { trainerVariables } from '../trainer-python.ts'
import { Project, removeTemporary, resultOf, temporary } from './importing.ts'
import { eventsOf, outcome, SMALL, startRun, stepReached } from './training-project.ts'

const RUN = 'run'
const STEPS = 96
let template: string
let undisturbed: ReturnType<typeof outcome>
const open: Project[] = []

async function opened(folder: string): Promise<Project> {
  const project = await Project.open(folder)
  open.push(project)
  return project
}

/** A copy of the project with its pairs imported. */
async function fresh(): Promise<string> {
  const folder = path.join(temporary(), 'test.blindfold')
  cpSync(template, folder, { recursive: true })
  return folder
}

beforeAll(async () => {
  for (const [name, value] of Object.entries(await trainerVariables())) vi.stubEnv(name, value)
  const project = await Project.create()
  await project.result(demoKind, { pairs: 60, testPairs: 20, seed: 0 })
  await project.close()
  template = project.folder
  const folder = await fresh()
  const reference = await opened(folder)
  const job = await reference.ended(await startRun(reference, RUN))
  expect(resultOf(job)).toMatchObject({ runId: RUN, steps: STEPS, testPairs: 60 })
  expect(job.title).toBe('Train shortcut-aware, 8 epochs, batch 5 on hedged, seed 3')
  undisturbed = outcome(folder, RUN)
}, 600_000)

afterEach(async () => {
  for (const project of open.splice(0)) await project.close()
})
afterAll(() => {
  vi.unstubAllEnvs()
  removeTemporary()
})

describe('a training run', { timeout: 180_000 }, () => {
  test('brings every step, every pair of every epoch and every test margin back', () => {
    expect(undisturbed.losses.map((point) => point.step)).toEqual(Array.from({ length: STEPS }, (_, i) => i + 1))
    expect(undisturbed.samples).toHaveLength(60 * 8)
    expect(undisturbed.scores).toHaveLength(60)
    for (const score of undisturbed.scores) expect([typeof score.mm_margin, typeof score.text_margin]).toEqual(['number', 'number'])
    for (const { mm_loss, text_loss, sfc } of undisturbed.samples as Record<string, number>[]) {
      expect(sfc).toBeCloseTo((text_loss! + 5e-8) / (mm_loss! + text_loss! + 1e-7), 4)
    }
  })

  test('outlives a killed backend: it is attached to again and ends as if nothing had been', async () => {
    const folder = await fresh()
    const backend = spawn(process.execPath, [fileURLToPath(new URL('training-process.ts', import.meta.url)), folder, RUN], {
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    const pid = await stepReached(folder, RUN, 20)
    const exit = once(backend, 'exit')
    backend.kill('SIGKILL')
    await exit
    const before = eventsOf(folder, RUN).length
    await stepReached(folder, RUN, 30)
    expect(eventsOf(folder, RUN).length).toBeGreaterThan(before)

    const project = await opened(folder)
    const [job] = await project.jobs.list()
    expect(job!.state.status).toBe('running')
    expect((await project.db.runs.get(RUN)).pid).toBe(pid)
    resultOf(await project.ended(job!.id))
    expect(eventsOf(folder, RUN).filter((event) => event.type === 'start')).toHaveLength(1)
    expect(outcome(folder, RUN)).toEqual(undisturbed)
  })

  test('whose trainer was killed can be resumed, and ends as if nothing had been', async () => {
    const folder = await fresh()
    const project = await opened(folder)
    const id = await startRun(project, RUN)
    process.kill(await stepReached(folder, RUN, 60), 'SIGKILL')
    const job = await project.ended(id)
    expect(job).toMatchObject({ resumable: true, state: { status: 'interrupted' } })
    expect(eventsOf(folder, RUN).at(-1)!.type).not.toBe('done')
    await project.jobs.resume(id)
    resultOf(await project.ended(id))
    expect(eventsOf(folder, RUN).find((event) => event.type === 'resumed')!.step).toBeGreaterThanOrEqual(50)
    expect(outcome(folder, RUN)).toEqual(undisturbed)
  })

  test('goes on while its project is closed, stops within one step when it is cancelled, and resumes', async () => {
    const folder = await fresh()
    const first = await Project.open(folder)
    const id = await startRun(first, RUN)
    await stepReached(folder, RUN, 5)
    await first.close()
    const before = eventsOf(folder, RUN).length
    const project = await opened(folder)
    expect((await project.jobs.get(id)).state.status).toBe('running')
    await stepReached(folder, RUN, 10)
    expect(eventsOf(folder, RUN).length).toBeGreaterThan(before)

    expect((await project.jobs.cancel(id)).state.status).toBe('cancelling')
    const asked = Date.now()
    expect(await project.ended(id)).toMatchObject({ resumable: true, state: { status: 'cancelled' } })
    const later = eventsOf(folder, RUN).filter((event) => event.type === 'step' && Date.parse(event.ts) > asked)
    // The step that was being made.
    expect(later.length).toBeLessThanOrEqual(1)
    expect(eventsOf(folder, RUN).at(-1)!.type).toBe('cancelled')
    expect(existsSync(path.join(folder, 'runs', RUN, 'cancel'))).toBe(false)

    await project.jobs.resume(id)
    resultOf(await project.ended(id))
    expect(outcome(folder, RUN)).toEqual(undisturbed)
  })

  test('that ended while nobody watched is found done', async () => {
    const folder = await fresh()
    const first = await Project.open(folder)
    const id = await startRun(first, RUN, { ...SMALL, epochs: 1 })
    await stepReached(folder, RUN, 2)
    await first.close()
    while (eventsOf(folder, RUN).at(-1)?.type !== 'done') await new Promise((resolve) => setTimeout(resolve, 50))
    const project = await opened(folder)
    expect(resultOf(await project.ended(id))).toMatchObject({ steps: 12 })
    expect(outcome(folder, RUN).scores).toHaveLength(60)
  })

  test("whose trainer refuses fails with the trainer's own words", async () => {
    const folder = await fresh()
    const project = await opened(folder)
    const id = await startRun(project, RUN, { ...SMALL, epochs: 1 })
    rmSync(path.join(folder, 'media'), { recursive: true })
    const job = await project.ended(id)
    expect(job.state).toMatchObject({
      status: 'failed',
      error: {
        code: 'TRAINER_FAILED',
        message: expect.stringContaining('Image not found'),
        remedy: expect.stringMatching(/./),
        row: expect.any(Number),
      },
    })
  })

  test('that is resumed is trained as the project says, whatever its config.json asks for by then', async () => {
    const folder = await fresh()
    const project = await opened(folder)
    const id = await startRun(project, RUN)
    process.kill(await stepReached(folder, RUN, 60), 'SIGKILL')
    await project.ended(id)
    const file = path.join(folder, 'runs', RUN, 'config.json')
    const config = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>
    const log = (): string => readFileSync(path.join(folder, 'logs', `${id}.log`), 'utf8')
    writeFileSync(
      file,
      JSON.stringify({ ...config, model: '/somebody/else', train: '/etc/passwd', lr: 1, eval_sets: [{ name: 'a', path: '../../../x' }] }),
    )
    await project.jobs.resume(id)
    resultOf(await project.ended(id))
    expect(log()).toContain('config.json in the run folder does not match this run (model, lr, train, eval_sets). It was rewritten.')
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(config)
    expect(outcome(folder, RUN)).toEqual(undisturbed)
  })

  test('of a project that names no model is refused before anything is started', async () => {
    const folder = await fresh()
    const project = await opened(folder)
    for (const [id, options] of [
      ['up', { model: '../../models/x' }],
      ['web', { model: 'https://hub/a/b' }],
      ['revision', { model: 'a/b', revision: '../x' }],
    ] as const) {
      const job = await project.ended(await startRun(project, id, { ...SMALL, ...options }))
      expect(job.state).toMatchObject({
        status: 'failed',
        error: { code: 'INVALID_INPUT', field: Object.keys(options).at(-1), remedy: expect.stringMatching(/Enter/) },
      })
      expect(existsSync(path.join(folder, 'runs', id, 'config.json'))).toBe(false)
    }
  })
})
