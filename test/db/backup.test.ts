import Sqlite from 'better-sqlite3'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { backupProject } from '../../src/db/backup/project.ts'
import { checkProject } from '../../src/db/check/project.ts'
import { projectDetails } from '../../src/db/project/info.ts'
import { openProject } from '../../src/db/project/open.ts'
import { SCHEMA_VERSION } from '../../src/db/migrations/index.ts'
import { Scratch } from './project.ts'
import { imagePath, label, makeWholeProject, PAIRS } from './whole-project.ts'

/** All rows of all tables, but for what a backup settles. */
function rows(folder: string): Record<string, unknown[]> {
  const db = new Sqlite(join(folder, 'project.db'), { readonly: true })
  try {
    const tables = db
      .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'pairs_fts%' AND name NOT LIKE 'sqlite%'")
      .pluck()
      .all() as string[]
    return Object.fromEntries(
      tables.filter((name) => name !== 'jobs' && name !== 'runs').map((name) => [name, db.prepare(`SELECT * FROM ${name}`).all()]),
    )
  } finally {
    db.close()
  }
}

const files = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/^(project\.db.*|lock\..*|backup\.json)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length))
    .sort()

describe('a backup', () => {
  test('holds what the project holds, is whole, and can be opened', async () => {
    using scratch = new Scratch()
    makeWholeProject(scratch.project)
    const out = join(scratch.folder, 'copies', 'copy.blindfold')
    const result = await backupProject(scratch.project, out)
    expect(result).toMatchObject({ out, pairs: PAIRS, images: 7, lost: 0 })
    expect(rows(out)).toEqual(rows(scratch.project))
    expect(files(out)).toEqual(files(scratch.project))
    expect(checkProject(out)).toEqual([])
    expect(readdirSync(join(scratch.folder, 'copies'))).toEqual(['copy.blindfold'])
    // Nothing in it runs: the trainer of the project is the project's.
    const { db, close } = openProject(out)
    expect(db.prepare("SELECT status FROM jobs WHERE id = 'training'").pluck().get()).toBe('interrupted')
    expect(db.prepare('SELECT pid, pid_started FROM runs').get()).toEqual({ pid: null, pid_started: null })
    close()
  })

  test('taken while another process writes is one moment of it', async () => {
    using scratch = new Scratch()
    makeWholeProject(scratch.project)
    const child = spawn(process.execPath, [fileURLToPath(new URL('lock-holder.ts', import.meta.url)), scratch.project, 'annotate'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(child.stdout, 'data')
    const labelled = (folder: string) => rows(folder)['annotations']!.length
    let before = 0
    for (const name of ['a', 'b', 'c']) {
      const out = join(scratch.folder, `${name}.blindfold`)
      const from = labelled(scratch.project)
      await backupProject(scratch.project, out)
      const there = labelled(out)
      expect(there).toBeGreaterThanOrEqual(Math.max(from, before))
      expect(there).toBeLessThanOrEqual(labelled(scratch.project))
      expect(checkProject(out)).toEqual([])
      before = there
    }
    const exit = once(child, 'exit')
    child.kill('SIGKILL')
    await exit
    expect(labelled(scratch.project)).toBeGreaterThan(before)
    expect(checkProject(scratch.project)).toEqual([])
  })

  test('takes the place of an earlier one, but not of one that was worked on, nor of anything else', async () => {
    using scratch = new Scratch()
    makeWholeProject(scratch.project)
    const out = join(scratch.folder, 'copy.blindfold')
    await backupProject(scratch.project, out)
    const { db, close } = openProject(scratch.project)
    label(db, 9, { action: 'keep' })
    close()
    expect(await backupProject(scratch.project, out)).toMatchObject({ images: 7, linked: 7 })
    expect(rows(out)).toEqual(rows(scratch.project))
    expect(readdirSync(scratch.folder).sort()).toEqual(['copy.blindfold', 'test.blindfold'])

    const worked = openProject(out)
    label(worked.db, 10, { action: 'keep' })
    worked.close()
    const then = rows(out)
    await expect(backupProject(scratch.project, out)).rejects.toMatchObject({ code: 'PROJECT_EXISTS' })
    expect(rows(out)).toEqual(then)

    const other = join(scratch.folder, 'notes')
    writeFileSync(other, 'mine')
    await expect(backupProject(scratch.project, other)).rejects.toMatchObject({ code: 'PROJECT_EXISTS' })
    expect(readFileSync(other, 'utf8')).toBe('mine')
    await expect(backupProject(scratch.project, join(scratch.project, 'backups', 'x'))).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    await expect(backupProject(join(scratch.folder, 'nowhere'), join(scratch.folder, 'x'))).rejects.toMatchObject({
      code: 'PROJECT_NOT_FOUND',
    })
  })

  test('says which images the project itself has lost, and takes them from the earlier one where it has them', async () => {
    using scratch = new Scratch()
    makeWholeProject(scratch.project)
    const out = join(scratch.folder, 'copy.blindfold')
    await backupProject(scratch.project, out)
    rmSync(join(scratch.project, imagePath(0)))
    rmSync(join(scratch.project, imagePath(1)))
    writeFileSync(join(scratch.project, imagePath(1)), 'damaged')
    expect(await backupProject(scratch.project, join(scratch.folder, 'other.blindfold'))).toMatchObject({ images: 5, lost: 2 })
    expect(await backupProject(scratch.project, out)).toMatchObject({ images: 7, lost: 0 })
    expect(checkProject(out)).toEqual([])
  })

  test('takes nothing from outside the project, whatever its database and its links say', async () => {
    using scratch = new Scratch()
    makeWholeProject(scratch.project)
    writeFileSync(join(scratch.folder, 'secret'), 'mine')
    symlinkSync(scratch.folder, join(scratch.project, 'runs', 'run', 'all'))
    const { db, close } = openProject(scratch.project)
    db.exec("INSERT INTO media (hash, mime, width, height, bytes) VALUES ('../../../secret', 'image/png', 1, 1, 4)")
    close()
    const out = join(scratch.folder, 'deep', 'copy.blindfold')
    expect(await backupProject(scratch.project, out)).toMatchObject({ images: 7, lost: 1 })
    expect(readdirSync(join(scratch.folder, 'deep'))).toEqual(['copy.blindfold'])
    expect(readdirSync(join(out, 'runs', 'run'))).toEqual(['checkpoints'])
  })

  test('is refused where the database names folders that lie elsewhere', async () => {
    using scratch = new Scratch()
    makeWholeProject(scratch.project)
    writeFileSync(join(scratch.folder, 'secret'), 'mine')
    for (const sql of ["UPDATE scans SET dir = '../secret'", "UPDATE runs SET dir = '/etc'", "UPDATE runs SET dir = 'runs/..'"]) {
      const { db, close } = openProject(scratch.project)
      db.exec(sql)
      close()
      await expect(backupProject(scratch.project, join(scratch.folder, 'deep', 'copy'))).rejects.toMatchObject({ code: 'PROJECT_UNSAFE' })
      expect(readdirSync(scratch.folder).sort()).toEqual(['secret', 'test.blindfold'])
    }
  })

  test('does not take the place of an earlier one that holds something else by now', async () => {
    using scratch = new Scratch()
    makeWholeProject(scratch.project)
    const out = join(scratch.folder, 'copy')
    await backupProject(scratch.project, out)
    for (const [file, name] of [
      ['my-notes.md', 'my-notes.md'],
      ['scans/my-notes.md', 'scans/my-notes.md'],
      ['media/holiday.jpg', 'media/holiday.jpg'],
      ['logs/my-notes.md', 'logs/my-notes.md'],
    ] as const) {
      writeFileSync(join(out, file), 'mine')
      await expect(backupProject(scratch.project, out)).rejects.toMatchObject({
        code: 'PROJECT_EXISTS',
        message: expect.stringContaining(name) as string,
      })
      expect(readFileSync(join(out, file), 'utf8')).toBe('mine')
      rmSync(join(out, file))
    }
    await backupProject(scratch.project, out)
  })

  test('clears away what a killed one has left', async () => {
    using scratch = new Scratch()
    makeWholeProject(scratch.project)
    const { pid } = spawnSync(process.execPath, ['-e', ''])
    const left = join(scratch.folder, `.copy.${pid}-11111111-2222-3333-4444-555555555555.part`)
    mkdirSync(join(left, 'media'), { recursive: true })
    await backupProject(scratch.project, join(scratch.folder, 'copy'))
    expect(readdirSync(scratch.folder).sort()).toEqual(['copy', 'test.blindfold'])
  })

  test('that is stopped or fails leaves nothing', async () => {
    using scratch = new Scratch()
    makeWholeProject(scratch.project)
    for (const phase of ['Copying the database', 'Copying images']) {
      const controller = new AbortController()
      const progress = (now: string) => (now === phase ? controller.abort(new Error('stopped')) : undefined)
      await expect(backupProject(scratch.project, join(scratch.folder, 'copy'), { signal: controller.signal, progress })).rejects.toThrow(
        'stopped',
      )
    }
    writeFileSync(join(scratch.folder, 'file'), '')
    await expect(backupProject(scratch.project, join(scratch.folder, 'file', 'copy'))).rejects.toMatchObject({ code: 'FILE_NOT_WRITABLE' })
    expect(readdirSync(scratch.folder).sort()).toEqual(['file', 'test.blindfold'])
  })
})

test('info tells what is in a project, and who has it open', () => {
  using scratch = new Scratch()
  makeWholeProject(scratch.project)
  expect(projectDetails(scratch.project)).toMatchObject({
    path: scratch.project,
    schema: SCHEMA_VERSION,
    openIn: null,
    contents: {
      pairs: PAIRS,
      images: 7,
      incomplete: 1,
      statuses: [
        { value: 'edited', count: 1 },
        { value: 'flipped', count: 1 },
        { value: 'tied', count: 2 },
        { value: 'unreviewed', count: PAIRS - 4 },
      ],
      splits: [{ value: 'train', count: PAIRS }],
      tags: [
        { value: 'x', count: 1 },
        { value: 'y', count: 1 },
      ],
      lastScan: { proxy: 'lexical', pairs: 0 },
      runs: [{ value: 'running', count: 1 }],
    },
  })
  const { sizes, free } = projectDetails(scratch.project)
  expect(sizes.database).toBe(
    ['', '-wal', '-shm'].reduce(
      (sum, end) =>
        sum + (existsSync(join(scratch.project, `project.db${end}`)) ? statSync(join(scratch.project, `project.db${end}`)).size : 0),
      0,
    ),
  )
  expect(sizes.media).toBeGreaterThan(7 * 1000)
  expect(free).toBeGreaterThan(0)
  const { close } = openProject(scratch.project)
  expect(projectDetails(scratch.project)).toMatchObject({ openIn: { pid: process.pid } })
  close()
})
