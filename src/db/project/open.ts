import Sqlite, { type Database } from 'better-sqlite3'
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { BlindfoldError } from '../../core/errors.ts'
import { sha256 } from '../pairs/hash.ts'
import { projectLayout } from '../../node/project-folder.ts'
import { lockProject, type ProjectLock } from './lock.ts'
import { checkVersion, initialise, migrate } from '../migrations/migrate.ts'
import { LOG_LOST, setMeta } from './queries.ts'
import { Place } from './place.ts'
import { admit, distrust } from '../sqlite/schema.ts'
import { catchUpGroups } from '../pairs/groups.ts'
import { catchUpSearch } from '../pairs/search-index.ts'
import { catchUpAudit } from '../scans/audit.ts'
import { storeError } from '../worker/store-error.ts'

export type OpenProject = {
  db: Database
  /** Where the database lies: whether it is still the file that was opened. */
  place: Place
  close(): void
}

/**
 * Makes a project in `folder`, which may exist but must not hold a project yet (PROJECT_EXISTS), and opens it. The
 * database is written under another name first, so that `project.db` is there complete or not at all.
 */
export function createProject(folder: string): OpenProject {
  const { database, backups } = projectLayout(folder)
  makeFolders(folder)
  return locked(folder, () => {
    if (existsSync(database)) {
      throw new BlindfoldError('PROJECT_EXISTS', 'This folder already contains a project.', {
        remedy: 'Open it, or choose another name.',
        file: folder,
      })
    }
    writeEmpty(`${database}.new`, folder)
    renameSync(`${database}.new`, database)
    return connected({ file: database, backups })
  })
}

/**
 * Opens the project in `folder` as its one writer and brings it to the newest schema, with a backup first. Throws
 * PROJECT_NOT_FOUND, PROJECT_LOCKED, PROJECT_NEWER, PROJECT_CORRUPT, PROJECT_UNSAFE or FILE_NOT_WRITABLE; then nothing was changed.
 *
 * @param options.foreign it was made elsewhere and is opened for the first time: all of its pages are looked through
 */
export function openProject(folder: string, { foreign = false } = {}): OpenProject {
  const { database, backups } = projectLayout(folder)
  if (!existsSync(database)) {
    throw new BlindfoldError('PROJECT_NOT_FOUND', 'This folder is not a Blindfold project: it has no project.db.', {
      remedy: 'Choose a folder that ends in .blindfold, or create a project.',
      file: folder,
    })
  }
  return locked(folder, (left) => {
    const logLost = left?.log === true && !existsSync(`${database}-wal`)
    const db = connected({ file: database, backups, foreign })
    if (foreign) forgetStatistics(db)
    if (logLost) setMeta(db, LOG_LOST, left.since)
    catchUpGroups(db)
    catchUpAudit(db)
    makeFolders(folder)
    return db
  })
}

function makeFolders(folder: string): void {
  const { media, runs, scans, logs } = projectLayout(folder)
  try {
    for (const path of [folder, media, runs, scans, logs]) mkdirSync(path, { recursive: true })
  } catch (error) {
    throw storeError(error, folder)
  }
}

function writeEmpty(file: string, folder: string): void {
  rmSync(file, { force: true })
  const db = new Sqlite(file)
  try {
    initialise(db)
    const createdAt = new Date().toISOString()
    const set = db.prepare('INSERT INTO meta (key, value) VALUES (?, ?)')
    set.run('created_at', createdAt)
    set.run('project_id', sha256(`${folder}\n${createdAt}\n${process.pid}`).slice(0, 32))
  } catch (error) {
    throw storeError(error, file)
  } finally {
    db.close()
  }
}

/** Pairs from which on statistics are kept. */
const LARGE = 10_000

/**
 * Lets SQLite count what it plans with. Not of a small project: with the statistics of a few rows it reads whole tables in
 * place of one row, and would go on so when a million pairs have come.
 */
function refreshStatistics(db: Database): void {
  if ((db.prepare('SELECT coalesce(max(id), 0) FROM pairs').pluck().get() as number) >= LARGE) db.pragma('optimize')
  else if (db.prepare("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_stat1'").get()) db.exec('DELETE FROM sqlite_stat1')
}

/** Forged statistics would let SQLite choose plans that take forever. It plans without any until it has counted itself. */
function forgetStatistics(db: Database): void {
  const tables = db.prepare("SELECT name FROM sqlite_schema WHERE name LIKE 'sqlite\\_stat%' ESCAPE '\\'").pluck().all() as string[]
  if (tables.length === 0) return
  for (const table of tables) db.exec(`DELETE FROM ${table}`)
  // Reads the tables again, which are empty now.
  db.exec('ANALYZE sqlite_schema')
}

function locked(folder: string, open: (left: ProjectLock['left']) => Database): OpenProject {
  const lock = lockProject(folder)
  try {
    const db = open(lock.left)
    const { database } = projectLayout(folder)
    const place = new Place(database)
    if (existsSync(`${database}-wal`)) lock.opened()
    return {
      db,
      place,
      close() {
        try {
          // Statistics for a file that nobody will find again are not worth the write.
          if (place.holds) refreshStatistics(db)
        } finally {
          lock.release(() => db.close())
        }
      },
    }
  } catch (error) {
    lock.release()
    throw error
  }
}

/**
 * Checks the version first, for even switching to WAL would write into a file that is not ours. WAL lets backups and
 * readers run beside the writer. `synchronous = FULL`: a commit is on the disk when it returns, so that a power cut
 * takes no label from an annotator; it costs 4 ms a commit; work that is done again
 * where it was lost does without (`resumable`). A checkpoint comes every 64 MB: pages that many commits change, such as those
 * of an index at random places, are then copied into the database once. An import is up to a half faster than with 16 MB.
 * Pages in memory: 32 MB; with 64 MB an import of a million pairs took 40 MB more, and as long.
 */
function connected(options: { file: string; backups: string; foreign?: boolean }): Database {
  let db: Database | null = null
  try {
    db = new Sqlite(options.file, { timeout: 5000, fileMustExist: true })
    distrust(db)
    admit(db, { file: options.file, version: checkVersion(db, options), foreign: options.foreign })
    db.pragma('journal_mode = WAL')
    db.pragma('synchronous = FULL')
    db.pragma('wal_autocheckpoint = 16000')
    db.pragma('foreign_keys = ON')
    // Without it REPLACE deletes rows behind the back of the triggers that keep annotations append-only.
    db.pragma('recursive_triggers = ON')
    db.pragma('temp_store = MEMORY')
    db.pragma('cache_size = -32768')
    if (migrate(db, options) !== null) catchUpSearch(db)
    return db
  } catch (error) {
    db?.close()
    throw storeError(error, options.file)
  }
}
