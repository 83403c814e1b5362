import Sqlite from 'better-sqlite3'
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { APPLICATION_ID, initialise, migrate } from '../../src/db/migrations/migrate.ts'
import { migrations, SCHEMA_VERSION } from '../../src/db/migrations/index.ts'
import type { PairFilter } from '../../src/contract/pairs.ts'
import { priorSfc, softplusNeg } from '../../src/core/losses.ts'
import { pairUid, promptGroupKey, textHash } from '../../src/db/pairs/hash.ts'
import { createProject, openProject } from '../../src/db/project/open.ts'
import { insertBatch } from '../../src/db/pairs/insert.ts'
import * as annotations from '../../src/db/annotations/queries.ts'
import * as imports from '../../src/db/imports/queries.ts'
import * as pairs from '../../src/db/pairs/queries.ts'
import * as slices from '../../src/db/slices/queries.ts'
import * as quarantine from '../../src/db/quarantine/queries.ts'
import { image, newPair, Project, Scratch } from './project.ts'

type Column = { name: string; strict: number; type: string }

/** SHA-256 of each migration's SQL. A released migration never changes: add the next one instead. */
const FROZEN = [
  '3be4eda71dc03d1f67e78ed5d97f22871ae5d2308679dd7564ca46a1f1a02178',
  'a2ffe8dc43f99a21f7091e8d4af6acd8b4119d2c94b7b7ee751d080c0bb97e93',
  '015d4af1abab5f9f5dfdaa30d70d415b4dd053a475dc55ecc43d786ac25c0d39',
  'a05cddf892da58dc9ebbedaecdfb8296fdd70bd93c72454d7acf5c15901b8a90',
  '6e846977faf45c6a7b6fc9f66d3520be797ce92830876ed57d0d9fa60a0e32d4',
  '58a697f150ea01521f9ce3725dda2f89a608c3c663a9593256424ea931f4248b',
  '2c95c6379a5e65d82f1c6055a0adacce29dd37131624e22d1ff78769cac042fc',
  '4ddbfb8de3629ed2a3ae647a201b0fe9faac6046c245e94310390d1972b545e1',
  '02aad56551222037beea7291e873471e2498d1387d613c7d9f530adf82890f20',
  'd5650418810587f1441882de7e6c77f6a6940b32323d4aa685d49c6be3297cb9',
  '0f5fb73c635de960f92e3ef8357e8412b1fb363f7416cc94e5031d84228da3c0',
  '360784e7070ff705c4a0b096e76f304f04e98e3ad6b152540438692f26d25755',
]

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
  const tables = (project.db.pragma('table_list') as Column[]).filter(
    ({ name, type }) => type === 'table' && !/^(sqlite_|pairs_fts)/.test(name),
  )
  expect(tables.length).toBeGreaterThan(15)
  expect(tables.filter(({ strict }) => strict !== 1)).toEqual([])
})

/** A project of schema 1 with pairs of every standing, written as that version wrote them. */
function oldProject(folder: string): void {
  mkdirSync(folder)
  const db = new Sqlite(join(folder, 'project.db'))
  initialise(db, migrations.slice(0, 1))
  db.pragma('foreign_keys = ON')
  const at = '2026-01-01T00:00:00.000Z'
  db.exec(`
    INSERT INTO sources (name, created_at) VALUES ('env', '${at}');
    INSERT INTO jobs (id, kind, title, status, input, created_at) VALUES ('job', 'import', 'x', 'succeeded', '{}', '${at}');
    INSERT INTO imports (job_id, source_id, split, file, format, images_dir, records, imported, skipped, quarantined, finished, created_at)
      VALUES ('job', 1, 'train', '/data/x.jsonl', 'mm-rm', '/data', 9, 5, 1, 3, 1, '${at}');
    INSERT INTO scans (job_id, proxy, seed, folds, dir, finished_at, created_at) VALUES ('job', 'lexical', 0, 5, 'scans/x', '${at}', '${at}');
  `)
  for (const hash of [image(1), image(2), image(3)]) db.prepare('INSERT INTO media VALUES (?, ?, 4, 4, 9)').run(hash, 'image/png')
  const pair = db.prepare(
    `INSERT INTO pairs (uid, source_id, external_id, split, prompt, chosen, rejected, text_hash, metadata, import_id, row, created_at)
     VALUES (?, 1, ?, 'train', ?, ?, ?, ?, '{"a":1}', 1, ?, '${at}')`,
  )
  for (let i = 1; i <= 5; i++) {
    const texts = [`question ${i}`, `apple ${i}`, `pear ${i}`] as const
    pair.run(pairUid(...texts, i < 5 ? [image(Math.min(i, 3))] : [], null), `id-${i}`, ...texts, textHash(...texts), i)
    if (i < 5) db.prepare('INSERT INTO pair_images VALUES (?, 0, ?)').run(i, image(Math.min(i, 3)))
  }
  db.prepare('INSERT INTO pair_images VALUES (2, 1, ?)').run(image(1))
  const group = db.prepare('UPDATE pair_state SET group_id = ? WHERE pair_id = ?')
  for (const [id, name] of [
    [1, image(1)],
    [2, image(1)],
    [3, image(3)],
    [4, image(3)],
    [5, promptGroupKey('question 5')],
  ])
    group.run(name, id)
  const say = db.prepare(
    `INSERT INTO annotations (pair_id, action, reverts, status, prompt, chosen, rejected, text_hash, blind, annotator, created_at)
     VALUES (?, ?, ?, ?, NULL, ?, ?, ?, 1, 'ann', '${at}')`,
  )
  say.run(1, 'flip', null, 'flipped', 'pear 1', 'apple 1', textHash('question 1', 'pear 1', 'apple 1'))
  say.run(2, 'edit', null, 'edited', 'banana', null, textHash('question 2', 'banana', 'pear 2'))
  say.run(3, 'tie', null, 'tied', null, null, textHash('question 3', 'apple 3', 'pear 3'))
  say.run(3, 'undo', 3, 'unreviewed', null, null, textHash('question 3', 'apple 3', 'pear 3'))
  db.exec(`UPDATE pair_state SET scan_id = 1, sfc = pair_id / 10.0, text_margin = pair_id, text_loss = 0.1, sfc_kind = 'prior', quadrant = 'text-right',
    scored_hash = (SELECT text_hash FROM pairs WHERE id = pair_id) WHERE pair_id < 5;
    INSERT INTO text_scores SELECT 1, id, 0, id, 0.1, text_hash, '${at}' FROM pairs WHERE id < 5`)
  const reject = db.prepare(
    `INSERT INTO quarantine (import_id, source_id, split, file, row, field, code, reason, raw, created_at)
     VALUES (1, 1, 'train', '/data/x.jsonl', ?, 'f', ?, 'because', '{"raw":1}', '${at}')`,
  )
  for (const [row, code] of [
    [6, 'missing-image'],
    [7, 'invalid-json'],
    [8, 'duplicate-id'],
  ])
    reject.run(row, code)
  db.close()
}

test('a project of schema 1 keeps its pairs, labels, numbers and quarantine', () => {
  using scratch = new Scratch()
  oldProject(scratch.project)
  const { db, close } = openProject(scratch.project)
  expect(db.pragma('user_version', { simple: true })).toBe(SCHEMA_VERSION)
  expect([db.pragma('integrity_check', { simple: true }), db.pragma('foreign_key_check')]).toEqual(['ok', []])
  expect(readdirSync(join(scratch.project, 'backups'))).toHaveLength(1)

  const all = [1, 2, 3, 4, 5].map((id) => pairs.get(db, id))
  expect(
    all.map(({ status, prompt, chosen, rejected, stale, textMargin }) => [status, prompt, chosen, rejected, stale, textMargin]),
  ).toEqual([
    // Its responses are those that were scored.
    ['flipped', 'question 1', 'pear 1', 'apple 1', false, -1],
    ['edited', 'question 2', 'banana', 'pear 2', true, 2],
    ['unreviewed', 'question 3', 'apple 3', 'pear 3', false, 3],
    ['unreviewed', 'question 4', 'apple 4', 'pear 4', false, 4],
    ['unreviewed', 'question 5', 'apple 5', 'pear 5', false, null],
  ])
  expect(
    all.map(({ externalId, source, split, metadata, importedFrom }) => [externalId, source, split, metadata, importedFrom.row]),
  ).toEqual([1, 2, 3, 4, 5].map((i) => [`id-${i}`, 'env', 'train', { a: 1 }, i]))
  expect(all.map(({ images }) => images.map(({ hash }) => hash))).toEqual([[image(1)], [image(2), image(1)], [image(3)], [image(3)], []])
  expect(all.map(({ history }) => history.map(({ action, blind }) => [action, blind]))).toEqual([
    [['flip', true]],
    [['edit', true]],
    [
      ['tie', true],
      ['undo', true],
    ],
    [],
    [],
  ])
  expect(all.map(({ messages, missing, tags, repeats }) => [messages, missing, tags, repeats])).toEqual(all.map(() => [null, [], [], []]))
  // What was kept by triggers is counted and found as if it had come in now.
  const found = (text: string) => pairs.list(db, { filter: { text }, sort: 'id', cursor: null, limit: 9 }).rows.map(({ pairId }) => pairId)
  expect([found('banana'), found('apple'), found('question 5')]).toEqual([[2], [1, 3, 4, 5], [5]])
  expect(pairs.searchState(db)).toEqual({ indexedTo: 5, last: 5 })
  expect(pairs.facets(db)).toMatchObject({
    sources: [{ value: 'env', count: 5 }],
    quadrants: [
      { value: 'text-right', count: 3 },
      { value: 'text-wrong', count: 1 },
    ],
    stale: 1,
    missingImages: 0,
  })
  expect(quarantine.list(db, { after: 0, limit: 9 })).toMatchObject({
    total: 3,
    rows: [
      { row: 6, code: 'unreadable-image' },
      { row: 7, code: 'invalid-json' },
      { row: 8, code: 'duplicate-id', raw: '{"raw":1}', reason: 'because', split: 'train' },
    ],
  })
  expect(quarantine.pending(db)).toMatchObject([
    {
      rows: [
        { row: 6, parts: null },
        { row: 7, parts: null },
        { row: 8, parts: [0] },
      ],
      map: null,
      fetchHosts: [],
    },
  ])
  expect(imports.counts(db, 'job')).toEqual({ records: 9, pairs: 9, imported: 5, skipped: 1, quarantined: 3, tied: 0, incomplete: 0 })

  // What comes in now meets what was there: the same pair, a known id, and an image that joins two old groups.
  const texts = { prompt: 'question 4', chosen: 'apple 4', rejected: 'pear 4' }
  const outcome = insertBatch(db, {
    importId: 1,
    media: [],
    pairs: [
      newPair(10, { ...texts, images: [image(3)] }),
      newPair(11, { externalId: 'id-1' }),
      newPair(12, { images: [image(2), image(3)] }),
    ],
    rejections: [],
    records: 12,
  })
  expect(outcome).toMatchObject({ imported: 2, skipped: 1, quarantined: 0 })
  pairs.assignGroups(db)
  const groups = db.prepare('SELECT group_id FROM pair_state ORDER BY pair_id').pluck().all()
  expect(groups).toEqual([
    image(1),
    image(1),
    image(1),
    image(1),
    promptGroupKey('question 5'),
    promptGroupKey(newPair(11).prompt),
    image(1),
  ])
  annotations.undo(db, 'ann')
  expect(pairs.get(db, 2)).toMatchObject({ status: 'unreviewed', chosen: 'apple 2' })
  expect(found('banana')).toEqual([])
  close()
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
    for (const sql of [
      'CREATE TABLE half (x TEXT) STRICT; SELECT nothing FROM nowhere',
      `CREATE TABLE half (x TEXT) STRICT; ${dangling}`,
    ]) {
      using scratch = new Scratch()
      createProject(scratch.project).close()
      const db = new Sqlite(join(scratch.project, 'project.db'))
      const options = {
        file: 'project.db',
        backups: join(scratch.project, 'backups'),
        migrations: [...migrations, { version: SCHEMA_VERSION + 1, sql }],
      }
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

test('slices, jobs and runs that were filtered by the SFC keep the pairs whose prior SFC is in that range', () => {
  const db = new Sqlite(':memory:')
  initialise(db, migrations.slice(0, 8))
  const at = '2026-01-01T00:00:00.000Z'
  const filters = [
    { sfcMax: 0.35 },
    { sfcMin: 0.65 },
    { sfcMin: 0.2, sfcMax: 0.4, sources: ['a'] },
    { sfcMin: 0, sfcMax: 1 },
    { sfcMax: 0.2, textMarginMin: 5 },
    { text: 'sfcMin' },
    { sfcMin: 1 },
    { sfcMax: 0 },
  ]
  const slice = db.prepare(`INSERT INTO slices (name, filter, created_at) VALUES (?, ?, '${at}')`)
  for (const [i, filter] of filters.entries()) slice.run(`s${i}`, JSON.stringify(filter))
  const job = db.prepare(`INSERT INTO jobs (id, kind, title, status, input, created_at) VALUES (?, ?, '', 'interrupted', ?, '${at}')`)
  job.run('bulk', 'bulk', JSON.stringify({ change: { action: 'discard' }, filter: { sfcMax: 0.35 } }))
  job.run('train', 'train', JSON.stringify({ runId: 'r', options: { sfcExponent: 1, filter: { sfcMax: 0.35 } } }))
  db.prepare(
    `INSERT INTO runs (id, job_id, method, train_source, seed, options, dir, snapshot_hash, train_pairs, test_pairs, created_at) VALUES ('r', 'train', 'standard', '', 0, ?, '', '', 1, 1, '${at}')`,
  ).run(JSON.stringify({ sources: ['a'], sfcExponent: 1, filter: { sfcMax: 0.35 } }))
  initialise(db, migrations.slice(8))
  const found = slices.list(db).map(({ filter }) => filter)
  for (const [i, { sfcMin = 0, sfcMax = 1, ...others }] of (filters as { sfcMin?: number; sfcMax?: number }[]).entries()) {
    const { textMarginMin = -Infinity, textMarginMax = Infinity, ...kept } = found[i] as PairFilter
    expect(kept).toEqual(Object.fromEntries(Object.entries(others).filter(([name]) => name !== 'textMarginMin')))
    for (let margin = -20; margin <= 20; margin += 0.37) {
      const value = priorSfc(softplusNeg(margin))
      expect([i, margin, margin >= textMarginMin && margin <= textMarginMax]).toEqual([
        i,
        margin,
        value >= sfcMin && value <= sfcMax && margin >= ('textMarginMin' in others ? 5 : -Infinity),
      ])
    }
  }
  const [least] = [found[0]?.textMarginMin]
  const json = (sql: string) => JSON.parse(db.prepare(sql).pluck().get() as string) as unknown
  expect(json("SELECT input FROM jobs WHERE id = 'bulk'")).toEqual({ change: { action: 'discard' }, filter: { textMarginMin: least } })
  expect(json("SELECT input FROM jobs WHERE id = 'train'")).toEqual({
    runId: 'r',
    options: { sfcExponent: 1, filter: { textMarginMin: least } },
  })
  expect(json('SELECT options FROM runs')).toEqual({ sources: ['a'], sfcExponent: 1, filter: { textMarginMin: least } })
})

test('a flip made before scores knew of labels turns them when the project is opened, whatever scored them', () => {
  using scratch = new Scratch()
  oldProject(scratch.project)
  const file = join(scratch.project, 'project.db')
  const old = new Sqlite(file)
  old.exec(`INSERT INTO runs (id, job_id, method, train_source, seed, options, dir, snapshot_hash, train_pairs, test_pairs, created_at)
      VALUES ('r', 'job', 'standard', 'env', 0, '{"sources":["env"]}', '', '', 0, 4, '2026-01-02');
    INSERT INTO run_pairs SELECT 'r', pair_id, 'test', text_hash FROM text_scores;
    INSERT INTO run_eval SELECT 'r', pair_id, 3, 1 FROM text_scores;`)
  old.close()
  const { db, close } = openProject(scratch.project)
  expect(
    [1, 2, 3, 4].map((id) => pairs.get(db, id)).map(({ textMargin, mmMargin, stale, quadrant }) => [textMargin, mmMargin, stale, quadrant]),
  ).toEqual([
    [-1, -3, false, 'suspect-label'],
    [2, 3, true, 'text-solvable'],
    [3, 3, false, 'text-solvable'],
    [4, 3, false, 'text-solvable'],
  ])
  close()
})
