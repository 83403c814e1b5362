import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, rmSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Worker } from 'node:worker_threads'
import { describe, expect, test } from 'vitest'
import { connect } from '../../src/db/worker/client.ts'
import { createProject, openProject } from '../../src/db/project/open.ts'
import { addPairs, newPair, Scratch } from './project.ts'

/** A real second process with the project open, and the lines it prints from then on. */
async function holder(folder: string, ...more: string[]): Promise<{ child: ChildProcess; lines: string[] }> {
  const entry = fileURLToPath(new URL('./lock-holder.ts', import.meta.url))
  const child = spawn(process.execPath, [entry, folder, ...more], { stdio: ['ignore', 'pipe', 'inherit'] })
  const lines: string[] = []
  await new Promise<void>((resolve, reject) => {
    child.once('exit', () => reject(new Error('the holder has ended')))
    createInterface({ input: child.stdout! }).on('line', (line) => (line === 'open' ? resolve() : lines.push(line)))
  })
  return { child, lines }
}

async function kill(child: ChildProcess): Promise<void> {
  const exit = once(child, 'exit')
  child.kill('SIGKILL')
  await exit
}

describe('one writer at a time', () => {
  test('a second process is refused by name, and let in once the first was killed', async () => {
    using scratch = new Scratch()
    createProject(scratch.project).close()
    const { child } = await holder(scratch.project)
    const refused = await connect(scratch.project).catch((error: unknown) => error)
    expect(refused).toMatchObject({ code: 'PROJECT_LOCKED', detail: { file: scratch.project } })
    const { message } = refused as Error
    expect(message).toContain(`process ${child.pid} on ${hostname()} since 20`)
    expect(message).not.toMatch(/database is locked/i)

    await kill(child)
    // What the dead process left behind names it, but does not lock.
    expect(existsSync(join(scratch.project, 'lock.json'))).toBe(true)
    const db = await connect(scratch.project)
    expect((await db.projects.info()).pairs).toBe(0)
    await db.close()
  })

  test('a second opener in the same process is refused too, until the first closes', async () => {
    using scratch = new Scratch()
    const first = await connect(scratch.project, { create: true })
    await expect(connect(scratch.project)).rejects.toMatchObject({ code: 'PROJECT_LOCKED' })
    await expect(connect(scratch.project, { create: true })).rejects.toMatchObject({ code: 'PROJECT_LOCKED' })
    await first.close()
    await (await connect(scratch.project)).close()
  })

  test('is refused with a sentence also where the holder left no name', async () => {
    using scratch = new Scratch()
    const first = createProject(scratch.project)
    rmSync(join(scratch.project, 'lock.json'))
    expect(() => openProject(scratch.project)).toThrow('already open in another Blindfold')
    first.close()
  })
})

test('kill -9 while annotating loses no label that was said to be saved', async () => {
  using scratch = new Scratch()
  const project = createProject(scratch.project)
  addPairs(
    project.db,
    Array.from({ length: 20 }, (_, i) => newPair(i + 1)),
  )
  project.close()
  const { child, lines } = await holder(scratch.project, 'annotate')
  while (lines.length < 60) await new Promise((resolve) => setTimeout(resolve, 5))
  await kill(child)
  const said = lines.map(Number)

  const { db, close } = openProject(scratch.project)
  const kept = db.prepare('SELECT id, pair_id, status FROM annotations ORDER BY id').all() as {
    id: number
    pair_id: number
    status: string
  }[]
  expect(kept.map(({ id }) => id).slice(0, said.length)).toEqual(said)
  expect(kept.length - said.length).toBeLessThanOrEqual(1)
  // The labels that hold agree with the log to its end.
  const last = new Map(kept.map(({ pair_id, status }) => [pair_id, status]))
  const states = db.prepare('SELECT pair_id, status FROM pair_state').all() as { pair_id: number; status: string }[]
  for (const { pair_id, status } of states) expect(status).toBe(last.get(pair_id) ?? 'unreviewed')
  expect(db.pragma('integrity_check', { simple: true })).toBe('ok')
  close()
})

describe('the database thread', () => {
  test('hands errors over as they were thrown', async () => {
    using scratch = new Scratch()
    const db = await connect(scratch.project, { create: true })
    const error = await db.pairs.get(77).catch((error: unknown) => error as Error)
    expect(error).toMatchObject({ name: 'BlindfoldError', code: 'NOT_FOUND', detail: { remedy: expect.any(String) as string } })
    await expect(db.pairs.list({ filter: {}, sort: '-textMargin', cursor: 'junk', limit: 1 })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      detail: { field: 'cursor' },
    })
    await db.close()
  })

  test('finishes what was asked before it closes, and refuses what comes after', async () => {
    using scratch = new Scratch()
    const db = await connect(scratch.project, { create: true })
    const asked = Promise.all(['a', 'b', 'c'].map((name) => db.sources.ensure(name)))
    const closed = db.close()
    await expect(asked).resolves.toEqual([1, 2, 3])
    await closed
    await expect(db.projects.info()).rejects.toMatchObject({ code: 'PROJECT_NOT_OPEN' })
    await db.close()
    expect(existsSync(join(scratch.project, 'lock.json'))).toBe(false)
  })

  test('rejects every waiting call when it dies, and frees the project', async () => {
    using scratch = new Scratch()
    const started = once(process, 'worker') as Promise<[Worker]>
    const db = await connect(scratch.project, { create: true })
    const [worker] = await started
    // Asked for while the thread ends: its answer can no longer come.
    const waiting = db.projects.info()
    const ended = worker.terminate()
    await expect(Promise.all([waiting, db.projects.info()])).rejects.toMatchObject({ code: 'INTERNAL' })
    await ended
    await expect(db.projects.info()).rejects.toMatchObject({
      code: 'INTERNAL',
      detail: { remedy: expect.stringContaining('again') as string },
    })
    await db.close()
    await (await connect(scratch.project)).close()
  })
})
