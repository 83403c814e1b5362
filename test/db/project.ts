import Sqlite, { type Database } from 'better-sqlite3'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { addFunctions } from '../../src/db/sqlite/functions.ts'
import { initialise } from '../../src/db/migrations/migrate.ts'
import { createProject, type OpenProject } from '../../src/db/project/open.ts'
import { identified } from '../../src/db/pairs/hash.ts'
import type { NewPair, StatedPair } from '../../src/db/pairs/batch.ts'
import { insertBatch } from '../../src/db/pairs/insert.ts'
import { indexWords } from '../../src/db/pairs/search-index.ts'
import * as sources from '../../src/db/sources/queries.ts'

/** A folder of its own for one test, removed with everything in it at the end. */
export class Scratch implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'blindfold-store-'))
  readonly project = join(this.folder, 'test.blindfold');

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** A new project in a folder of its own, closed and removed when left. */
export class Project extends Scratch {
  readonly open: OpenProject = createProject(this.project)
  readonly db: Database = this.open.db;

  override [Symbol.dispose](): void {
    this.open.close()
    super[Symbol.dispose]()
  }
}

let empty: Buffer | undefined

/** A new project's database in memory, for properties that need hundreds of them: copied, not made by all migrations each time. */
export class MemoryProject implements Disposable {
  readonly db: Database = new Sqlite((empty ??= emptyDatabase()))

  constructor() {
    addFunctions(this.db)
    this.db.pragma('foreign_keys = ON')
  }

  [Symbol.dispose](): void {
    this.db.close()
  }
}

function emptyDatabase(): Buffer {
  const db = new Sqlite(':memory:')
  try {
    initialise(db)
    return db.serialize()
  } finally {
    db.close()
  }
}

export const image = (n: number): string => n.toString(16).padStart(64, '0')

/** Writes an `imports` row as an import job does, and returns its number. */
export function beginImport(db: Database, source = 'src', split = '', file = '/data/pairs.jsonl'): number {
  const sourceId = sources.ensure(db, source)
  const added = db
    .prepare('INSERT INTO imports (source_id, split, file, format, images_dir, created_at) VALUES (?, ?, ?, ?, ?, ?)')
    .run(sourceId, split, file, 'trl', '/data', new Date().toISOString())
  return Number(added.lastInsertRowid)
}

/** A pair whose texts all name `row`, so that no two are equal. */
export function newPair(row: number, over: Partial<StatedPair> = {}): NewPair {
  return identified({
    row,
    part: 0,
    externalId: null,
    prompt: `what is in picture ${row}`,
    messages: null,
    chosen: `right ${row}`,
    rejected: `wrong ${row}`,
    images: [],
    metadata: {},
    tied: false,
    source: null,
    split: null,
    tags: [],
    history: [],
    ...over,
  })
}

/** Imports pairs with their images, so that a search finds them; returns the pairs' numbers in the order given. */
export function addPairs(db: Database, pairs: NewPair[], source = 'src', split = ''): number[] {
  const before = (db.prepare('SELECT coalesce(max(id), 0) AS id FROM pairs').get() as { id: number }).id
  const hashes = [
    ...new Set(
      pairs.flatMap((pair) => pair.images.flatMap((image) => (typeof image === 'string' ? [image] : 'hash' in image ? [image.hash] : []))),
    ),
  ]
  insertBatch(db, {
    importId: beginImport(db, source, split),
    media: hashes.map((hash) => ({ hash, mime: 'image/png', width: 8, height: 8, bytes: 100 })),
    pairs,
    rejections: [],
    records: pairs.length,
  })
  while (indexWords(db, 1000) > 0);
  return (db.prepare('SELECT id FROM pairs WHERE id > ? ORDER BY id').all(before) as { id: number }[]).map(({ id }) => id)
}
