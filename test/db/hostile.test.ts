import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRouterClient, ORPCError } from '@orpc/server'
import Sqlite from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { BlindfoldError } from '../../src/core/errors.ts'
import { backupProject } from '../../src/db/backup/project.ts'
import { checkProject, repairProject } from '../../src/db/check/project.ts'
import { projectDetails } from '../../src/db/project/info.ts'
import { Backend } from '../../src/services/backend.ts'
import { createRouter } from '../../src/services/router.ts'
import { HOSTILE_DATA, HOSTILE_FILES } from './hostile-projects.ts'
import { Sentinel } from './sentinel.ts'
import { makeWholeProject } from './whole-project.ts'

// Everything that Blindfold does with a project, done with projects that were made to harm whoever opens them.

const root = mkdtempSync(join(tmpdir(), 'blindfold-hostile-'))
const template = join(root, 'template.blindfold')
/** A process of somebody else's, which no project may end. */
const bystander = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore', detached: true })

beforeAll(() => {
  // A training run writes its files, and ends where Python would begin.
  vi.stubEnv('BLINDFOLD_TRAINER_PYTHON', join(root, 'no-python'))
  makeWholeProject(template)
  const db = new Sqlite(join(template, 'project.db'))
  db.prepare('UPDATE runs SET options = ?').run(JSON.stringify({ method: 'standard', sources: ['src'] }))
  db.close()
})
afterAll(async () => {
  vi.unstubAllEnvs()
  const ended = once(bystander, 'exit')
  bystander.kill('SIGKILL')
  await ended
  rmSync(root, { recursive: true, force: true })
})

/** What a call came to: `done`, or the code of an error that says what is wrong. Anything else is a defect. */
async function outcome(call: () => unknown): Promise<string> {
  try {
    await call()
    return 'done'
  } catch (error) {
    if (error instanceof ORPCError || error instanceof BlindfoldError) return error.code
    return `DEFECT ${(error as Error).stack ?? String(error)}`
  }
}

/** Opens, reads, changes, checks, mends, copies and exports a project, and with `work` scans, trains and resumes in it; gives what each came to. */
async function everything(project: string, place: string, { work }: { work: boolean }): Promise<Record<string, string>> {
  const backend = new Backend({ trainerSource: join(import.meta.dirname, '../../trainer'), userDir: join(place, 'home'), thumbnails: true })
  const client = createRouterClient(createRouter(backend), { context: {} })
  const found: Record<string, string> = {}
  const attempt = async (name: string, call: () => unknown): Promise<void> => void (found[name] = await outcome(call))
  const ended = async (jobId: string): Promise<void> => {
    const { state } = await backend.requireSession().jobs.finished(jobId)
    if (state.status === 'failed') throw new BlindfoldError(state.error.code, state.error.message, { remedy: '' })
  }
  const read = async (as: string): Promise<void> => {
    await attempt(`${as} current`, () => client.projects.current())
    await attempt(`${as} list`, () => client.pairs.list({ filter: {}, sort: 'id', limit: 50 }))
    await attempt(`${as} pair`, () => client.pairs.get({ pairId: 2 }))
    await attempt(`${as} words`, () => client.pairs.attribution({ pairId: 2 }))
    await attempt(`${as} facets`, () => client.pairs.facets())
    await attempt(`${as} report`, () => client.scan.report())
    await attempt(`${as} runs`, () => client.training.runs())
    await attempt(`${as} run`, () => client.training.run({ runId: 'run' }))
    await attempt(`${as} evaluation`, () => client.evaluation.matrix())
    await attempt(`${as} jobs`, () => client.jobs.list())
    for (const jobId of ['scanning', 'training', '../../outside/secret', 'nul'])
      await attempt(`${as} log ${jobId}`, () => client.jobs.log({ jobId, lines: 10 }))
    await attempt(`${as} export`, async () => {
      const { jobId } = await client.exports.start({
        format: 'mm-rm',
        out: join(place, `export-${as}`),
        filter: {},
        label: 'current',
        includeExcluded: true,
        columns: true,
        resplit: null,
      })
      await ended(jobId)
    })
  }

  await attempt('info', () => projectDetails(project))
  await attempt('check', () => checkProject(project))
  await attempt('open', () => client.projects.open({ path: project }))
  await attempt('open read-only', () => client.projects.open({ path: project, access: 'read' }))
  if (backend.session) await read('read-only')
  await attempt('trust', () => client.projects.trust({ path: project }))
  if (backend.session && !backend.session.readOnly) {
    if (!work) await read('trusted')
    await attempt('label', () => client.review.annotate({ pairId: 9, action: 'keep', blind: false }))
    await attempt('slice', () => client.slices.save({ name: 'mine', filter: {} }))
    if (work) await attempt('scan', async () => ended((await client.scan.start({ proxy: 'lexical', seed: 0 })).jobId))
    await attempt('cancel', () => client.jobs.cancel({ jobId: 'training' }))
    for (const job of work ? await client.jobs.list().catch(() => []) : []) {
      if (job.resumable && job.kind !== 'train')
        await attempt(`resume ${job.kind}`, async () => ended((await client.jobs.resume({ jobId: job.id })).id))
    }
    if (work) await attempt('train', async () => ended((await client.training.start({ method: 'standard', sources: ['src'] })).jobId))
  }
  await backend.close()
  await attempt('repair', () => repairProject(project))
  await attempt('backup', () => backupProject(project, join(place, 'backup')))
  return found
}

/** All bytes below a folder, to find in them what was read from elsewhere. */
function written(folder: string): string {
  if (!existsSync(folder)) return ''
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    .join('\n')
}

const projects = [HOSTILE_FILES, HOSTILE_DATA].flatMap((crafts) =>
  Object.entries(crafts).map(([name, craft]) => ({ name, craft, work: crafts === HOSTILE_FILES })),
)

describe.each(projects)('a project in which $name', ({ name, craft, work }) => {
  test('changes, removes and reads nothing outside, ends no process, and is refused by name or harmless', async () => {
    const place = join(root, name.replace(/\W+/g, '-'))
    const project = join(place, 'inside', 'p.blindfold')
    mkdirSync(join(place, 'inside'), { recursive: true })
    cpSync(template, project, { recursive: true })
    const sentinel = new Sentinel(join(place, 'outside'))
    craft({ project, outside: sentinel.folder, pid: bystander.pid as number })

    const found = await everything(project, place, { work })
    expect(sentinel.changes()).toEqual([])
    expect(bystander.exitCode ?? bystander.signalCode).toBeNull()
    expect(Object.entries(found).filter(([, came]) => came === 'INTERNAL' || came.startsWith('DEFECT'))).toEqual([])
    for (const copy of ['backup', 'export-read-only', 'export-trusted']) expect(written(join(place, copy))).not.toContain('a secret')
    // Nobody is asked to trust what cannot be read.
    expect(found.open).toMatch(/^PROJECT_/)
    const notes = join(project, 'scans', 'my-notes', 'all.md')
    if (name.includes('folder of notes')) expect(readFileSync(notes, 'utf8')).toBe('mine')
  })
})

test('a project that is as it should be comes through all of it', async () => {
  const place = join(root, 'well')
  const project = join(place, 'p.blindfold')
  mkdirSync(place)
  cpSync(template, project, { recursive: true })
  const found = await everything(project, place, { work: true })
  const allowed: Record<string, RegExp> = {
    open: /UNTRUSTED/,
    'read-only words': /UNTRUSTED/,
    train: /./,
    'trusted words': /./,
    cancel: /./,
  }
  for (const [what, came] of Object.entries(found)) if (!/log (\.|nul)/.test(what)) expect(came, what).toMatch(allowed[what] ?? /^done$/)
})
