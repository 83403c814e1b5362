import type { Database } from 'better-sqlite3'
import { mkdirSync } from 'node:fs'
import { BlindfoldError } from '../../core/errors.ts'
import { inside } from '../../node/project-folder.ts'
import { addFunctions } from '../sqlite/functions.ts'
import { migrations } from './index.ts'
import type { Migration } from './migration.ts'

/** "BLFD": marks an SQLite file as a Blindfold project, so that no other application's file is taken for one. */
export const APPLICATION_ID = 0x424c4644

export type MigrateOptions = { file: string; backups: string; migrations?: readonly Migration[] }

/** Refuses a file that a newer Blindfold wrote (PROJECT_NEWER) or that is no Blindfold project (PROJECT_CORRUPT). */
export function checkVersion(db: Database, { file, migrations: known = migrations }: MigrateOptions): number {
  if (db.pragma('application_id', { simple: true }) !== APPLICATION_ID) {
    throw new BlindfoldError('PROJECT_CORRUPT', 'This database is not a Blindfold project, or was never completed.', {
      remedy: 'Choose another folder, or restore project.db from the backups folder.',
      file,
    })
  }
  const version = db.pragma('user_version', { simple: true }) as number
  if (version > known.length) {
    throw new BlindfoldError(
      'PROJECT_NEWER',
      `This project has schema ${version}, from a newer Blindfold. This one supports up to ${known.length}.`,
      { remedy: 'Update Blindfold to open it. Nothing was changed.', file },
    )
  }
  return version
}

/**
 * Brings an existing project to the newest schema: a backup by `VACUUM INTO` first, then each migration in one
 * transaction with its number. Returns the backup's path, or null where there was nothing to do.
 */
export function migrate(db: Database, options: MigrateOptions): string | null {
  const known = options.migrations ?? migrations
  const from = checkVersion(db, options)
  if (from === known.length) return null
  mkdirSync(options.backups, { recursive: true })
  const stamp = new Date().toISOString().replace(/[:.]/g, '-')
  const backup = inside(options.backups, `schema-${from}-${stamp}.db`)
  db.prepare('VACUUM INTO ?').run(backup)
  for (const migration of known.slice(from)) apply(db, [migration])
  return backup
}

/** Writes the whole schema into an empty database, in one transaction: each more would wait for the disk again. */
export function initialise(db: Database, known: readonly Migration[] = migrations): void {
  addFunctions(db)
  db.pragma(`application_id = ${APPLICATION_ID}`)
  apply(db, known)
}

/** Applies the migrations in one transaction. Foreign keys are checked after each, so that it may rebuild a table others point to. */
function apply(db: Database, pending: readonly Migration[]): void {
  db.pragma('foreign_keys = OFF')
  try {
    db.transaction(() => {
      for (const migration of pending) {
        const at = db.pragma('user_version', { simple: true })
        if (at !== migration.version - 1) throw new Error(`migration ${migration.version} does not follow schema ${at}`)
        db.exec(migration.sql)
        const broken = db.pragma('foreign_key_check') as unknown[]
        if (broken.length > 0) throw new Error(`migration ${migration.version} leaves ${broken.length} dangling references`)
        db.pragma(`user_version = ${migration.version}`)
      }
    }).exclusive()
  } finally {
    db.pragma('foreign_keys = ON')
  }
}
