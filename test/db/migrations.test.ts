import Sqlite from 'better-sqlite3'
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { APPLICATION_ID, initialise, migrate } from '../../src/db/migrate.ts'
import { migrations, SCHEMA_VERSION } from '../../src/db/migrations/index.ts'
import { createProject, openProject } from '../../src/db/open.ts'
import { Project, Scratch } from './project.ts'

type Column = { name: string; strict: number; type: string }

/** SHA-256 of each migration's SQL. A released migration never changes: add the next one instead. */
const FROZEN = ['3be4eda71dc03d1f67e78ed5d97f22871ae5d2308679dd7564ca46a1f1a02178']

const rename = { version: SCHEMA_VERSION + 1, sql: "CREATE TABLE extra (x TEXT NOT NULL) STRICT; INSERT INTO extra VALUES ('new')" }

test('migrations are numbered without gaps and frozen', () => {
  expect(migrations.map(({ version }) => version)).toEqual(migrations.map((_, i) => i + 1))
  expect(migrations.map(({ sql }) => createHash('sha256').update(sql).digest('hex'))).toEqual(FROZEN)
})

test.each(migrations.map(({ version }) => version))('migration %i applies to the schema before it', (version) => {
  const db = new Sqlite(':memory:')
  initialise(db, migrations.slice(0, version))
  expect(db.pragma('user_version', { simple: true })).toBe(version)
  expect(db.pragma('application_id', { simple: true })).toBe(APPLICATION_ID)
  expect(db.pragma('integrity_check', { simple: true })).toBe('ok')
})

test('a new project is durable, keeps its references and has strict tables only', () => {
  using project = new Project()
  const pragma = (name: string) => project.db.pragma(name, { simple: true })
  expect(pragma('journal_mode')).toBe('wal')
  expect(pragma('synchronous')).toBe(2)
  expect(pragma('foreign_keys')).toBe(1)
  expect(pragma('user_version')).toBe(SCHEMA_VERSION)
  const tables = (project.db.pragma('table_list') as Column[]).filter(({ name, type }) => type === 'table' && !/^(sqlite_|pairs_fts)/.test(name))
  expect(tables.length).toBeGreaterThan(15)
  expect(tables.filter(({ strict }) => strict !== 1)).toEqual([])
})

describe('an older project', () => {
  test('is backed up as it was, then migrated', () => {
    using scratch = new Scratch()
    createProject(scratch.project).close()
    const db = new Sqlite(join(scratch.project, 'project.db'))
    db.exec("INSERT INTO sources (name, created_at) VALUES ('before', '2026-01-01T00:00:00Z')")
    const backups = join(scratch.project, 'backups')
    const backup = migrate(db, { file: 'project.db', backups, migrations: [...migrations, rename] })
    expect(db.prepare('SELECT x FROM extra').pluck().get()).toBe('new')
    expect(db.pragma('user_version', { simple: true })).toBe(SCHEMA_VERSION + 1)
    expect(db.pragma('foreign_keys', { simple: true })).toBe(1)
    db.close()

    expect(readdirSync(backups)).toHaveLength(1)
    const old = new Sqlite(backup ?? '', { readonly: true })
    expect(old.pragma('user_version', { simple: true })).toBe(SCHEMA_VERSION)
    expect(old.pragma('application_id', { simple: true })).toBe(APPLICATION_ID)
    expect(old.prepare('SELECT name FROM sources').pluck().get()).toBe('before')
    old.close()
  })
  test('needs no backup where there is nothing to migrate', () => {
    using scratch = new Scratch()
    createProject(scratch.project).close()
    openProject(scratch.project).close()
    expect(readdirSync(scratch.project)).not.toContain('backups')
  })
  test('stays at its version when a migration fails or leaves a dangling reference', () => {
    const dangling = "INSERT INTO imports (source_id, split, file, format, images_dir, created_at) VALUES (99, '', 'f', 'trl', '', 'now')"
    for (const sql of ['CREATE TABLE half (x TEXT) STRICT; SELECT nothing FROM nowhere', `CREATE TABLE half (x TEXT) STRICT; ${dangling}`]) {
      using scratch = new Scratch()
      createProject(scratch.project).close()
      const db = new Sqlite(join(scratch.project, 'project.db'))
      const options = { file: 'project.db', backups: join(scratch.project, 'backups'), migrations: [...migrations, { version: SCHEMA_VERSION + 1, sql }] }
      expect(() => migrate(db, options)).toThrow()
      expect(db.pragma('user_version', { simple: true })).toBe(SCHEMA_VERSION)
      expect(db.prepare("SELECT count(*) FROM sqlite_schema WHERE name = 'half'").pluck().get()).toBe(0)
      db.close()
    }
  })
})

describe('what is no project of ours is refused and left as it is', () => {
  const refusal = (folder: string) => {
    const file = join(folder, 'project.db')
    const before = readFileSync(file)
    let code: unknown
    try {
      openProject(folder).close()
    } catch (error) {
      code = (error as { code: unknown }).code
    }
    expect(readFileSync(file).equals(before)).toBe(true)
    // The lock is free again.
    rmSync(file)
    createProject(folder).close()
    return code
  }
  const file = (scratch: Scratch) => {
    mkdirSync(scratch.project)
    return join(scratch.project, 'project.db')
  }

  test('a newer schema', () => {
    using scratch = new Scratch()
    createProject(scratch.project).close()
    const db = new Sqlite(join(scratch.project, 'project.db'))
    db.pragma(`user_version = ${SCHEMA_VERSION + 1}`)
    db.close()
    expect(refusal(scratch.project)).toBe('PROJECT_NEWER')
  })
  test('a file that is no database', () => {
    using scratch = new Scratch()
    writeFileSync(file(scratch), 'not a database '.repeat(1000))
    expect(refusal(scratch.project)).toBe('PROJECT_CORRUPT')
  })
  test('an empty file', () => {
    using scratch = new Scratch()
    writeFileSync(file(scratch), '')
    expect(refusal(scratch.project)).toBe('PROJECT_CORRUPT')
  })
  test('the database of another application', () => {
    using scratch = new Scratch()
    const other = new Sqlite(file(scratch))
    other.exec('CREATE TABLE notes (text TEXT)')
    other.close()
    expect(refusal(scratch.project)).toBe('PROJECT_CORRUPT')
  })
  test('a database with its middle overwritten', () => {
    using scratch = new Scratch()
    createProject(scratch.project).close()
    const path = join(scratch.project, 'project.db')
    const bytes = readFileSync(path)
    bytes.fill(0x5a, 100, 4096)
    writeFileSync(path, bytes)
    expect(refusal(scratch.project)).toBe('PROJECT_CORRUPT')
  })
})

test('a folder that holds a project is not made into one again', () => {
  using scratch = new Scratch()
  createProject(scratch.project).close()
  expect(() => createProject(scratch.project)).toThrow(expect.objectContaining({ code: 'PROJECT_EXISTS' }))
  openProject(scratch.project).close()
})
