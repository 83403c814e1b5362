import Sqlite from 'better-sqlite3'
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { BlindfoldError } from '../core/errors.ts'
import { projectLayout } from '../node/project-folder.ts'

export type Holder = { pid: number; host: string; since: string }

/** Held until `release`, or until the process ends in any way. */
export type ProjectLock = { release(): void }

/**
 * Takes the one writer's place in a project: an exclusive transaction on `lock.db`, which the operating system ends
 * with the process, so that no crash leaves a lock behind. `lock.json` beside it only names the holder.
 * Throws PROJECT_LOCKED with the holder's process, machine and time where somebody has it.
 */
export function lockProject(folder: string): ProjectLock {
  const { lock, holder } = projectLayout(folder)
  const db = openLock(lock)
  try {
    db.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    db.close()
    if (isBusy(error)) throw locked(folder, readHolder(holder))
    throw error
  }
  const mine: Holder = { pid: process.pid, host: hostname(), since: new Date().toISOString() }
  try {
    writeFileSync(`${holder}.new`, JSON.stringify(mine))
    renameSync(`${holder}.new`, holder)
  } catch (error) {
    db.close()
    throw error
  }
  return {
    release() {
      rmSync(holder, { force: true })
      db.close()
    },
  }
}

/**
 * Who has the project open, or null where nobody has; `unknown` where the holder left no name. Takes the lock for no
 * longer than the look.
 */
export function projectHolder(folder: string): Holder | 'unknown' | null {
  const { lock, holder } = projectLayout(folder)
  if (!existsSync(lock)) return null
  const db = new Sqlite(lock, { timeout: 0, readonly: true })
  try {
    db.prepare('SELECT count(*) FROM sqlite_master').get()
    return null
  } catch (error) {
    if (isBusy(error)) return readHolder(holder) ?? 'unknown'
    throw error
  } finally {
    db.close()
  }
}

function openLock(file: string): Sqlite.Database {
  try {
    return new Sqlite(file, { timeout: 0 })
  } catch (error) {
    throw new BlindfoldError('FILE_NOT_WRITABLE', 'The project folder cannot be written to.', {
      remedy: 'Check the permissions of the folder, or copy the project to a place you can write to.',
      file,
    }, { cause: error })
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Sqlite.SqliteError && error.code.startsWith('SQLITE_BUSY')
}

/** Null where the holder has not written its name yet, or the file is damaged. */
function readHolder(file: string): Holder | null {
  try {
    const { pid, host, since } = JSON.parse(readFileSync(file, 'utf8')) as Partial<Holder>
    return typeof pid === 'number' && typeof host === 'string' && typeof since === 'string' ? { pid, host, since } : null
  } catch {
    return null
  }
}

function locked(folder: string, holder: Holder | null): BlindfoldError {
  const by = holder ? `process ${holder.pid} on ${holder.host} since ${holder.since}` : 'another Blindfold'
  return new BlindfoldError('PROJECT_LOCKED', `The project is already open in ${by}.`, {
    remedy: 'Close it there first, or use that window. A project has one writer at a time.',
    file: folder,
  })
}
