import Sqlite from 'better-sqlite3'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { checkProject } from '../../src/db/check/project.ts'
import { createProject } from '../../src/db/project/open.ts'
import { addPairs, newPair, Scratch } from './project.ts'

const PAIRS = 12_000

function look<Result>(folder: string, sql: string): Result {
  const db = new Sqlite(join(folder, 'project.db'), { readonly: true })
  try {
    return db.prepare(sql).pluck().get() as Result
  } finally {
    db.close()
  }
}

/** Runs the process and kills it as soon as `until` says so; gives what it printed, empty where it was killed. */
async function attempt(folder: string, what: 'bulk' | 'undo', input: object, until: (() => boolean) | null): Promise<string> {
  const child = spawn(process.execPath, [fileURLToPath(new URL('bulk-process.ts', import.meta.url)), folder, what, JSON.stringify(input)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const ended = once(child, 'close')
  if (until) {
    while (child.exitCode === null && !until()) await sleep(2)
    child.kill('SIGKILL')
  }
  await ended
  return said
}

test('a discard that is killed half-way, and its undoing that is killed too, end as if nothing had happened', async () => {
  using scratch = new Scratch()
  const folder = scratch.project
  const { db, close } = createProject(folder)
  addPairs(
    db,
    Array.from({ length: PAIRS }, (_, i) => newPair(i + 1)),
  )
  db.exec('UPDATE imports SET finished = 1')
  close()
  const discarded = () => look<number>(folder, "SELECT count(*) FROM pair_state WHERE status = 'discarded'")
  const input = { filter: {}, change: { action: 'discard' }, expected: PAIRS, annotator: 'tester' }

  expect(await attempt(folder, 'bulk', input, () => discarded() > 0)).toBe('')
  const half = discarded()
  expect(half).toBeGreaterThan(0)
  expect(half).toBeLessThan(PAIRS)
  expect(look(folder, 'SELECT pairs FROM bulk_actions')).toBe(half)
  expect(JSON.parse(await attempt(folder, 'bulk', input, null))).toMatchObject({
    resumed: true,
    state: { status: 'succeeded', result: { pairs: PAIRS, changed: PAIRS } },
  })
  expect(discarded()).toBe(PAIRS)
  expect(look(folder, 'SELECT count(*) FROM annotations')).toBe(PAIRS)
  expect(look(folder, 'SELECT state FROM bulk_actions')).toBe('done')

  const back = { id: 1, pairs: PAIRS, annotator: 'tester' }
  expect(await attempt(folder, 'undo', back, () => discarded() < PAIRS)).toBe('')
  expect(discarded()).toBeGreaterThan(0)
  expect(JSON.parse(await attempt(folder, 'undo', back, null))).toMatchObject({ resumed: true, state: { status: 'succeeded' } })
  expect(look(folder, "SELECT count(*) FROM pair_state WHERE status <> 'unreviewed'")).toBe(0)
  expect(look(folder, 'SELECT count(*) FROM annotations')).toBe(2 * PAIRS)
  expect(checkProject(folder)).toEqual([])
}, 180_000)
