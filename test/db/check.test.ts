import type { Database } from 'better-sqlite3'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { thumbnailSegments } from '../../src/core/image-type.ts'
import { checkProject, repairProject, type Finding } from '../../src/db/check/project.ts'
import { openProject } from '../../src/db/project/open.ts'
import * as pairs from '../../src/db/pairs/queries.ts'
import { Scratch } from './project.ts'
import { imageFile, imagePath, label, makeWholeProject, PAIRS } from './whole-project.ts'

type Damage = {
  plant: (db: Database, folder: string) => void
  /** The findings, in their order. */
  codes: Finding['code'][]
  /** Whether a repair leaves nothing wrong. */
  mended: boolean
  /** What else must hold after the repair. */
  then?: (db: Database, folder: string) => void
}

const STRANGER = '11111111-2222-3333-4444-555555555555'
const codes = (findings: Finding[]) => findings.map(({ code }) => code)
const thumbnail = (n: number) => join(...thumbnailSegments(imageFile(n).hash)!)
const incomplete = (db: Database) => db.prepare('SELECT pair_id FROM pair_state WHERE missing_images > 0 ORDER BY pair_id').pluck().all()
const backups = (folder: string) => readdirSync(join(folder, 'backups'), { recursive: true }).map(String)

const DAMAGES: Record<string, Damage> = {
  'a pair that is in no list': {
    plant: (db) => db.exec('DELETE FROM pair_state WHERE pair_id = 2'),
    codes: ['state-missing'],
    mended: true,
    then: (db) => expect(pairs.get(db, 2)).toMatchObject({ status: 'edited', chosen: 'a zebra' }),
  },
  'a status that nobody gave': {
    plant: (db) => db.exec("UPDATE pair_state SET status = 'kept' WHERE pair_id IN (1, 9)"),
    codes: ['state-differs'],
    mended: true,
    then: (db) => expect([pairs.get(db, 1).status, pairs.get(db, 9).status]).toEqual(['flipped', 'unreviewed']),
  },
  'a tie that was forgotten': {
    plant: (db) => db.exec("UPDATE pair_state SET status = 'unreviewed' WHERE pair_id = 7"),
    codes: ['state-differs'],
    mended: true,
    then: (db) => expect(pairs.get(db, 7).status).toBe('tied'),
  },
  'a wrong count of missing images': {
    plant: (db) => db.exec('UPDATE pair_state SET missing_images = 0 WHERE pair_id = 6'),
    codes: ['state-differs'],
    mended: true,
    then: (db) => expect(incomplete(db)).toEqual([6]),
  },
  'a text changed from outside': {
    plant: (db) => db.exec("UPDATE pairs SET chosen = 'something else' WHERE id = 10"),
    codes: ['text-changed', 'identity-differs', 'search-differs'],
    mended: true,
    then: (db) => expect(pairs.count(db, { text: 'something else' })).toBe(1),
  },
  'a text changed below a label': {
    plant: (db) => db.exec("UPDATE pairs SET chosen = 'something else' WHERE id = 4"),
    codes: ['text-changed', 'identity-differs', 'text-changed', 'search-differs'],
    mended: false,
  },
  'a pair under another name': {
    plant: (db) => db.exec("UPDATE pairs SET uid = 'x' WHERE id = 3"),
    codes: ['identity-differs'],
    mended: true,
  },
  'turns that are no JSON': {
    plant: (db) => db.exec("UPDATE pairs SET messages = '[' WHERE id = 3"),
    codes: ['text-changed'],
    mended: false,
  },
  'a pair in the wrong group': {
    plant: (db) => db.exec("UPDATE pair_state SET group_id = 'x' WHERE pair_id = 2"),
    codes: ['group-differs'],
    mended: true,
  },
  'a pair without a group': {
    plant: (db) => db.exec('UPDATE pair_state SET group_id = NULL WHERE pair_id = 1'),
    codes: ['group-differs'],
    mended: true,
  },
  'counts that are not those of the pairs': {
    plant: (db) => db.exec("UPDATE pair_counts SET pairs = pairs + 3 WHERE status = 'flipped'; UPDATE tags SET pairs = 9 WHERE name = 'x'"),
    codes: ['counts-differ'],
    mended: true,
    then: (db) =>
      expect(pairs.facets(db)).toMatchObject({
        statuses: expect.arrayContaining([{ value: 'flipped', count: 1 }]) as object,
        tags: [
          { value: 'x', count: 1 },
          { value: 'y', count: 1 },
        ],
      }),
  },
  'a pair that the search does not know': {
    plant: (db) => db.exec('DELETE FROM pairs_fts WHERE rowid = 8'),
    codes: ['search-differs'],
    mended: true,
    then: (db) => expect(pairs.count(db, { text: 'wrong 8' })).toBe(1),
  },
  'a pair that the search knows by other words': {
    plant: (db) =>
      db.exec(
        "DELETE FROM pairs_fts WHERE rowid = 2; INSERT INTO pairs_fts (rowid, prompt, chosen, rejected) VALUES (2, 'what', 'a', 'b')",
      ),
    codes: ['search-differs'],
    mended: true,
    then: (db) => expect(pairs.count(db, { text: 'zebra giraffe' })).toBe(1),
  },
  'pairs that the search knows and nobody else': {
    plant: (db) => db.exec("INSERT INTO pairs_fts (rowid, prompt, chosen, rejected) VALUES (900, 'ghost', 'a', 'b')"),
    codes: ['search-differs'],
    mended: true,
    then: (db) => expect(pairs.count(db, { text: 'ghost' })).toBe(0),
  },
  'a search that has fallen behind': {
    plant: (db) => db.exec('DELETE FROM pairs_fts WHERE rowid > 20; UPDATE search_state SET indexed_to = 20'),
    codes: ['search-behind'],
    mended: true,
    then: (db) => expect(pairs.count(db, { text: 'wrong 22' })).toBe(1),
  },
  'an image that is gone': {
    plant: (_, folder) => rmSync(join(folder, imagePath(6))),
    codes: ['image-missing'],
    mended: true,
    then: (db) => {
      expect(incomplete(db)).toEqual([6, PAIRS])
      const { hash } = imageFile(6)
      expect(pairs.get(db, PAIRS).missing).toEqual([
        { position: 0, reference: `${hash.slice(0, 2)}/${hash}`, reason: expect.any(String) as string },
      ])
    },
  },
  'an image of many pairs, damaged': {
    plant: (_, folder) => writeFileSync(join(folder, imagePath(1)), 'other bytes'),
    codes: ['image-damaged'],
    mended: true,
    then: (db, folder) => {
      expect(incomplete(db).length).toBeGreaterThan(4)
      expect(backups(folder).some((path) => path.endsWith(imageFile(1).hash))).toBe(true)
    },
  },
  'an image that the database has forgotten': {
    plant: (db) => {
      db.pragma('foreign_keys = OFF')
      db.prepare('DELETE FROM media WHERE hash = ?').run(imageFile(6).hash)
    },
    codes: ['image-unknown', 'image-orphaned', 'half-written'],
    mended: true,
    then: (db) => expect(incomplete(db)).toEqual([6, PAIRS]),
  },
  'a wrong size of an image': { plant: (db) => db.exec('UPDATE media SET bytes = 1'), codes: ['image-size'], mended: true },
  'a thumbnail that is gone': {
    plant: (_, folder) => rmSync(join(folder, thumbnail(2))),
    codes: ['thumbnail-missing'],
    mended: true,
    then: (db) => expect(db.prepare('SELECT hash FROM media WHERE thumbnail = 0').pluck().all()).toEqual([imageFile(2).hash]),
  },
  'files of no pair': {
    plant: (_, folder) => {
      mkdirSync(join(folder, 'media', 'ab'), { recursive: true })
      writeFileSync(join(folder, 'media', 'ab', `ab${'0'.repeat(62)}`), 'x')
      writeFileSync(join(folder, 'media', 'holiday.jpg'), 'mine')
    },
    codes: ['image-orphaned'],
    mended: true,
    then: (_, folder) => {
      expect(backups(folder).some((path) => path.endsWith(`ab${'0'.repeat(62)}`))).toBe(true)
      expect(readFileSync(join(folder, 'media', 'holiday.jpg'), 'utf8')).toBe('mine')
    },
  },
  'files that were never finished': {
    plant: (_, folder) => {
      mkdirSync(join(folder, 'media', 'partial'))
      writeFileSync(join(folder, 'media', 'partial', STRANGER), 'x')
      writeFileSync(join(folder, 'media', 'partial', 'my-notes.md'), 'mine')
      writeFileSync(join(folder, 'project.db.new'), 'x')
    },
    codes: ['half-written', 'half-written'],
    mended: true,
    then: (_, folder) => {
      expect(existsSync(join(folder, 'project.db.new'))).toBe(false)
      expect(readdirSync(join(folder, 'media', 'partial'))).toEqual(['my-notes.md'])
    },
  },
  'a tag on a pair that is not there': {
    plant: (db) => {
      db.pragma('foreign_keys = OFF')
      db.exec('INSERT INTO pair_tags (tag_id, pair_id) VALUES (1, 999)')
    },
    codes: ['reference-dangling'],
    mended: true,
    then: (db) => expect(db.prepare('SELECT count(*) FROM pair_tags').pluck().get()).toBe(2),
  },
  'a pair of no import': {
    plant: (db) => {
      db.pragma('foreign_keys = OFF')
      db.exec('UPDATE pairs SET import_id = 77 WHERE id = 3')
    },
    codes: ['reference-dangling'],
    mended: false,
  },
  'folders and logs of nobody': {
    plant: (_, folder) => {
      mkdirSync(join(folder, 'runs', STRANGER))
      writeFileSync(join(folder, 'runs', STRANGER, 'last.pt'), 'x')
      writeFileSync(join(folder, 'logs', `${STRANGER}.log`), 'x')
      for (const each of ['runs', 'scans', 'logs']) writeFileSync(join(folder, each, 'my-notes.md'), 'mine')
    },
    codes: ['folder-orphaned'],
    mended: true,
    then: (_, folder) => {
      expect(backups(folder).filter((path) => path.endsWith(`${STRANGER}.log`) || path.endsWith(join(STRANGER, 'last.pt')))).toHaveLength(2)
      for (const each of ['runs', 'scans', 'logs']) expect(readFileSync(join(folder, each, 'my-notes.md'), 'utf8')).toBe('mine')
    },
  },
  'a scan without its models': {
    plant: (_, folder) => rmSync(join(folder, 'scans', 'scanning'), { recursive: true }),
    codes: ['folder-missing'],
    mended: false,
  },
  'an index that lacks rows': {
    plant: (db) => {
      db.unsafeMode(true)
      // Built by another condition than the one that is written down.
      db.exec(
        "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, '> 0', '> 100') WHERE name = 'state_incomplete'; PRAGMA writable_schema = RESET",
      )
      db.exec(
        "REINDEX state_incomplete; PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, '> 100', '> 0') WHERE name = 'state_incomplete'; PRAGMA writable_schema = RESET",
      )
    },
    codes: ['index-damaged'],
    mended: true,
  },
  'a label on another text': {
    plant: (db) => {
      const { sql } = db.prepare("SELECT sql FROM sqlite_schema WHERE name = 'annotations_never_change'").get() as { sql: string }
      db.exec('DROP TRIGGER annotations_never_change')
      db.exec("UPDATE annotations SET chosen = 'a lion' WHERE pair_id = 2")
      db.exec(sql)
    },
    codes: ['text-changed', 'search-differs'],
    mended: false,
  },
}

describe('a check', () => {
  test('has nothing to say of a project that is whole, and changes nothing', () => {
    using scratch = new Scratch()
    makeWholeProject(scratch.project)
    const files = () =>
      readdirSync(scratch.project, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && !/-(shm|wal)$/.test(entry.name))
        .map((entry) => `${entry.name} ${statSync(join(entry.parentPath, entry.name)).mtimeMs}`)
        .sort()
    const before = files()
    expect(checkProject(scratch.project)).toEqual([])
    expect(files()).toEqual(before)
    expect(repairProject(scratch.project)).toEqual({ found: [], left: [] })
    expect(existsSync(join(scratch.project, 'backups'))).toBe(false)
  })

  test.each(Object.entries(DAMAGES))('finds %s', (_, { plant, codes: expected, mended, then }) => {
    using scratch = new Scratch()
    makeWholeProject(scratch.project)
    const planted = openProject(scratch.project)
    plant(planted.db, scratch.project)
    planted.close()

    const findings = checkProject(scratch.project)
    expect(codes(findings), JSON.stringify(findings)).toEqual(expected)
    expect(codes(checkProject(scratch.project))).toEqual(expected)

    const { found, left } = repairProject(scratch.project)
    expect(found.length).toBeGreaterThan(0)
    expect(
      left.every(({ repair }) => repair === null),
      JSON.stringify(left),
    ).toBe(true)
    expect(left.length === 0, JSON.stringify(left)).toBe(mended)
    expect(checkProject(scratch.project)).toEqual(left)
    const { db, close } = openProject(scratch.project)
    then?.(db, scratch.project)
    expect(db.pragma('foreign_keys', { simple: true })).toBe(1)
    close()
  })

  test('finds damage of the file itself, and says that a backup is needed', () => {
    using scratch = new Scratch()
    makeWholeProject(scratch.project)
    const file = join(scratch.project, 'project.db')
    const { db, close } = openProject(scratch.project)
    const root = db.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'pair_tags'").pluck().get() as number
    const pageSize = db.pragma('page_size', { simple: true }) as number
    close()
    const whole = readFileSync(file)
    const handle = openSync(file, 'r+')
    writeSync(handle, Buffer.alloc(200, 0xff), 0, 200, (root - 1) * pageSize)
    closeSync(handle)
    expect(codes(checkProject(scratch.project))[0]).toBe('database-damaged')

    writeFileSync(file, Buffer.alloc(whole.length, 1))
    expect(() => checkProject(scratch.project)).toThrow(expect.objectContaining({ code: 'PROJECT_CORRUPT' }))
  })

  test('keeps a copy of the database from before the repair', () => {
    using scratch = new Scratch()
    makeWholeProject(scratch.project)
    const planted = openProject(scratch.project)
    DAMAGES['a status that nobody gave']!.plant(planted.db, scratch.project)
    planted.close()
    repairProject(scratch.project)
    expect(backups(scratch.project).filter((name) => name.startsWith('before-repair-'))).toHaveLength(1)
  })
})

describe('beside another process', () => {
  async function holder(folder: string, ...more: string[]) {
    const child = spawn(process.execPath, [fileURLToPath(new URL('lock-holder.ts', import.meta.url)), folder, ...more], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(child.stdout, 'data')
    return child
  }

  test('a check works, a repair waits, and files that are in the making are no damage', async () => {
    using scratch = new Scratch()
    makeWholeProject(scratch.project)
    const child = await holder(scratch.project, 'annotate')
    const stray = join(scratch.project, 'media', 'ab', `ab${'1'.repeat(62)}`)
    mkdirSync(dirname(stray), { recursive: true })
    writeFileSync(stray, 'x')
    for (let i = 0; i < 5; i++) expect(checkProject(scratch.project)).toEqual([])
    utimesSync(stray, new Date(0), new Date(0))
    expect(codes(checkProject(scratch.project))).toEqual(['image-orphaned'])
    expect(() => repairProject(scratch.project)).toThrow(expect.objectContaining({ code: 'PROJECT_LOCKED' }))
    const exit = once(child, 'exit')
    child.kill('SIGKILL')
    await exit
    // What the killed process had committed lies in the log beside the database.
    expect(existsSync(join(scratch.project, 'project.db-wal'))).toBe(true)
    rmSync(stray)
    expect(checkProject(scratch.project)).toEqual([])
  })
})

test('an older project is not judged by rules that it does not know', () => {
  using scratch = new Scratch()
  makeWholeProject(scratch.project)
  const { db, close } = openProject(scratch.project)
  label(db, 9, { action: 'keep' })
  db.pragma('user_version = 1')
  close()
  expect(() => checkProject(scratch.project)).toThrow(
    expect.objectContaining({ code: 'INVALID_INPUT', message: expect.stringContaining('schema 1;') as string }),
  )
})
