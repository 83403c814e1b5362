import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { failure } from '../../src/contract/errors.ts'
import { APP } from '../../src/core/app.ts'
import { openProject } from '../../src/db/project/open.ts'
import { Trust } from '../../src/services/trust.ts'
import { makeWholeProject, imagePath, PAIRS } from '../db/whole-project.ts'
import { CLI } from './backends.ts'

type Ended = { code: number | null; stdout: string; stderr: string }

let home: string
let project: string

/** Runs the real command line. */
function blindfold(...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [CLI, ...args], { env: { ...process.env, BLINDFOLD_HOME: home } }, (error, stdout, stderr) =>
      resolve({ code: error ? ((error as { code?: number }).code ?? null) : 0, stdout, stderr }),
    )
  })
}

/** The one JSON value that a command prints. */
async function json(...args: string[]): Promise<Record<string, unknown>> {
  const ended = await blindfold(...args, '--project', project, '--json')
  expect(ended, ended.stderr).toMatchObject({ code: 0 })
  return JSON.parse(ended.stdout) as Record<string, unknown>
}

const refusal = async (...args: string[]) => {
  const ended = await blindfold(...args, '--project', project, '--json')
  expect(ended.code).toBe(1)
  return failure.parse(JSON.parse(ended.stderr))
}

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'blindfold-projects-'))
  project = join(home, 'whole.blindfold')
  makeWholeProject(project)
  // Its trainer is none that could be followed.
  const { db, close } = openProject(project)
  db.exec("UPDATE jobs SET status = 'cancelled', ended_at = started_at WHERE id = 'training'")
  close()
  new Trust(home).trustFolder(project)
})
afterAll(() => rm(home, { recursive: true, force: true }))

// Each command is a process of its own, slow to start on a busy machine.
vi.setConfig({ testTimeout: 300_000 })

it('prints the version of the package', async () => {
  const { version } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }
  expect((await blindfold('--version')).stdout.trim()).toBe(version)
  expect(APP.version).toBe(version)
})

describe('curation', () => {
  it('counts first, changes then, and takes back', async () => {
    const flags = ['--status', 'unreviewed', '--split', 'train', '--text', 'what is in picture']
    const { pairs } = await json('tag', 'later', ...flags, '--dry-run')
    expect(pairs).toBeGreaterThan(0)
    expect(await json('tag', 'later', ...flags)).toMatchObject({ pairs, changed: pairs, bulkId: 1 })
    const tagged = await blindfold('pairs', '--project', project, '--tag', 'later', '--json')
    expect(tagged.stdout.trim().split('\n')).toHaveLength(Number(pairs))
    expect(await json('set-split', 'test', '--tag', 'later')).toMatchObject({ changed: pairs })
    expect(await json('bulk', '--undo', '2')).toMatchObject({ undone: pairs, kept: 0 })
    expect(await json('untag', 'later', '--all')).toMatchObject({ changed: pairs })
    expect(await json('bulk')).toMatchObject([
      { id: 3, state: 'done' },
      { id: 2, state: 'undone' },
      { id: 1, state: 'done', pairs },
    ])
  })

  it('keeps slices and goes by them', async () => {
    expect(await json('slices', '--save', 'done', '--status', 'flipped', '--status', 'edited')).toMatchObject([
      { name: 'done', pairs: 2, filter: { statuses: ['flipped', 'edited'] } },
    ])
    expect(await json('discard', '--slice', 'done', '--text', 'zebra', '--dry-run')).toMatchObject({ pairs: 1 })
    expect(await refusal('discard', '--slice', 'done', '--status', 'kept')).toMatchObject({ code: 'INVALID_INPUT', field: '--slice' })
    expect(await json('slices', '--remove', 'done')).toEqual([])
  })

  it('refuses what was surely not meant', async () => {
    expect(await refusal('discard')).toMatchObject({ code: 'INVALID_INPUT' })
    for (const flag of ['--source', '--slice'])
      expect(await refusal('discard', flag, 'nope')).toMatchObject({ code: 'NOT_FOUND', field: flag })
    expect((await blindfold('pairs', '--project', project, '--duplicates', 'twins')).code).toBe(2)
  })

  it('counts duplicates, and lists them', async () => {
    const { kinds } = await json('duplicates')
    expect(kinds).toContainEqual({ kind: 'same-pair', sets: 0, pairs: 0 })
    expect((await blindfold('pairs', '--project', project, '--duplicates', 'near-pair', '--json')).stdout).toBe('')
  })
})

describe('projects as folders', () => {
  it('are told of, copied and checked while they are open elsewhere', async () => {
    const holder = spawn(process.execPath, [fileURLToPath(new URL('../db/lock-holder.ts', import.meta.url)), project, 'annotate'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(holder.stdout, 'data')
    holder.stdout.resume()
    onTestFinished(() => void holder.kill('SIGKILL'))
    const out = join(home, 'copy')
    expect(await json('info')).toMatchObject({ path: project, openIn: { pid: holder.pid }, contents: { pairs: PAIRS } })
    expect(await json('check')).toMatchObject({ ok: true, findings: [] })
    expect(await json('backup', '--out', out)).toMatchObject({ out: `${out}.blindfold`, pairs: PAIRS, lost: 0 })
    const listed = await blindfold('pairs', '--project', project, '--text', 'zebra', '--json')
    expect(listed, listed.stderr).toMatchObject({ code: 0 })
    expect(listed.stdout.trim().split('\n')).toHaveLength(1)
    expect(await refusal('report')).toMatchObject({ code: 'NO_DATA' })
    for (const command of ['reasons', 'evaluate'])
      expect((await blindfold(command, '--project', project)).stderr, command).not.toContain('PROJECT_LOCKED')
    expect(await json('export', '--out', join(home, 'exported'))).toMatchObject({ pairs: PAIRS })
    expect(await json('heal')).toHaveProperty('missing')
    for (const changing of [['tag', 'x', '--all'], ['slices'], ['scan']])
      expect(await refusal(...changing), changing[0]).toMatchObject({ code: 'PROJECT_LOCKED' })
    expect(await refusal('check', '--repair')).toMatchObject({ code: 'PROJECT_LOCKED' })
    const exit = once(holder, 'exit')
    holder.kill('SIGKILL')
    await exit
    expect((await blindfold('check', '--project', `${out}.blindfold`)).stdout).toBe('No problems found.\n')
    expect((await blindfold('info', '--project', out)).stdout).toMatch(/^pairs +24/m)
  })

  it('with links in them end a check with 1 and say what to do', async () => {
    const copy = join(home, 'linked.blindfold')
    await json('backup', '--out', copy)
    await symlink(home, join(copy, 'logs', 'away'))
    const ended = await blindfold('check', '--project', copy)
    expect(ended.stderr).toMatch(/fix: Replace the links with their targets/)
  })

  it('that are damaged end a check with 1, until they are repaired', async () => {
    await writeFile(join(project, imagePath(6)), 'other bytes')
    const found = await blindfold('check', '--project', project, '--json')
    expect(found.code).toBe(1)
    expect(JSON.parse(found.stdout)).toMatchObject({ ok: false, findings: [{ code: 'image-damaged', count: 1 }] })
    expect(failure.parse(JSON.parse(found.stderr))).toMatchObject({
      code: 'PROJECT_CORRUPT',
      remedy: expect.stringContaining('--repair') as string,
    })
    const mended = await blindfold('check', '--project', project, '--repair')
    expect(mended).toMatchObject({ code: 0, stderr: '' })
    expect(mended.stdout).toMatch(/image-damaged: .* \(1\)\n.*\n +Repaired\./)
    expect(await json('check')).toMatchObject({ ok: true })
  })
})
