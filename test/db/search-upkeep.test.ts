import { createRouterClient } from '@orpc/server'
import Sqlite from 'better-sqlite3'
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { initialise } from '../../src/db/migrations/migrate.ts'
import { migrations } from '../../src/db/migrations/index.ts'
import { openProject, createProject } from '../../src/db/project/open.ts'
import { insertBatch } from '../../src/db/pairs/insert.ts'
import { searchState } from '../../src/db/pairs/queries.ts'
import { Backend } from '../../src/services/backend.ts'
import { importsService } from '../../src/services/import/imports.ts'
import { removeTemporary, temporary } from './importing.ts'
import { beginImport, newPair } from './project.ts'

afterAll(removeTemporary)

const open = async (folder: string, create = false) => {
  const backend = new Backend({ userDir: temporary(), trainerSource: temporary() })
  const { db, jobs } = await backend.open(folder, create ? { create } : { trust: true })
  const found = (text: string) => db.pairs.count({ text })
  return { backend, db, jobs, found }
}

/** Without a limit of its own: that of the test is far from what it takes. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20))
}

test('pairs whose import was cut off are found once the project is open', async () => {
  const folder = path.join(temporary(), 'p.blindfold')
  const { db, close } = createProject(folder)
  const pairs = Array.from({ length: 700 }, (_, i) => newPair(i + 1, { chosen: `zebra ${i}` }))
  insertBatch(db, { importId: beginImport(db, 'src', ''), media: [], pairs, rejections: [], records: 700 })
  expect(searchState(db)).toEqual({ indexedTo: 0, last: 700 })
  close()
  const { backend, found } = await open(folder)
  await until(async () => (await found('zebra')) === 700)
  await backend.close()
})

test('pairs of a cancelled import are found a little later', async () => {
  const folder = path.join(temporary(), 'p.blindfold')
  const { backend, db, jobs, found } = await open(folder, true)
  const file = path.join(temporary(), 'many.jsonl')
  const line = (i: number) =>
    JSON.stringify({ id: `r${i}`, prompt: `which animal is number ${i}`, chosen: `zebra ${i} ${'stripes '.repeat(30)}`, rejected: 'horse' })
  writeFileSync(file, Array.from({ length: 30_000 }, (_, i) => `${line(i)}\n`).join(''))
  const client = createRouterClient(importsService(backend), { context: {} })
  const { jobId } = await client.start({ file, source: 'animals', format: 'mm-rm' })
  await until(async () => (await db.pairs.count({})) >= 4000)
  await jobs.cancel(jobId)
  expect((await jobs.finished(jobId)).state.status).toBe('cancelled')
  const kept = await db.pairs.count({})
  expect(kept).toBeLessThan(30_000)
  await until(async () => (await found('zebra')) === kept)
  await backend.close()
  const reopened = openProject(folder)
  expect(searchState(reopened.db)).toMatchObject({ indexedTo: kept })
  reopened.close()
})

test('a project of an older schema is searched in the new way: a small one at once, a large one a little later', async () => {
  for (const pairs of [3, 2500]) {
    const folder = path.join(temporary(), 'old.blindfold')
    mkdirSync(folder)
    const old = new Sqlite(path.join(folder, 'project.db'))
    initialise(old, migrations.slice(0, 5))
    const importId = beginImport(old, 'src', '')
    const add = old.prepare(
      'INSERT INTO pairs (id, uid, source_id, prompt, chosen, rejected, text_hash, import_id, row, created_at) VALUES (?, ?, 1, ?, ?, ?, ?, ?, ?, ?)',
    )
    const state = old.prepare('INSERT INTO pair_state (pair_id, source_id, split, text_hash) VALUES (?, 1, ?, ?)')
    old.transaction(() => {
      for (let id = 1; id <= pairs; id++) {
        const { uid, prompt, chosen, rejected, textHash } = newPair(id, { chosen: `有3个人 ${id}` })
        add.run(id, uid, prompt, chosen, rejected, textHash, importId, id, 'now')
        state.run(id, '', textHash)
      }
    })()
    old.exec(
      'INSERT INTO pairs_fts (rowid, prompt, chosen, rejected) SELECT id, prompt, chosen, rejected FROM pairs; UPDATE search_state SET indexed_to = (SELECT max(id) FROM pairs)',
    )
    old.close()
    const { backend, db, found } = await open(folder)
    if (pairs < 100) expect(await found('3个')).toBe(pairs)
    expect((await db.projects.info()).unsearched).toBeLessThanOrEqual(pairs < 100 ? 0 : pairs)
    await until(async () => (await db.projects.info()).unsearched === 0)
    expect([await found('3个'), await found('-3个'), await found('个人 picture')]).toEqual([pairs, 0, pairs])
    await backend.close()
  }
})
