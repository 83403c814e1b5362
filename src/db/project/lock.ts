import Sqlite from 'better-sqlite3'
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { z } from 'zod'
import { timestamp } from '../../contract/base.ts'
import { BlindfoldError } from '../../core/errors.ts'
import { inside, projectLayout } from '../../node/project-folder.ts'
import { Place } from './place.ts'
import { storeError } from '../worker/store-error.ts'

const holderFile = z.object({
  pid: z.number(),
  host: z.string().max(300),
  since: timestamp,
  /** Whether the database is open, so that SQLite's log lies beside it. */
  log: z.boolean().optional(),
})
export type Holder = z.infer<typeof holderFile>

/** Held until `release`, or until the process ends in any way. */
export type ProjectLock = {
  /** Who had the project open last, if that ended without closing it, and whether SQLite's log was beside the database then. */
  left: { since: string; log: boolean } | null
  /** To be called when the database is open: from here on its log is beside it, and an end that loses the log is noticed. */
  opened(): void
  /** Takes the name away, closes what the lock guards, and frees the place: an end in between counts as closed. */
  release(close?: () => void): void
}

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
    throw storeError(error, folder)
  }
  const place = new Place(lock)
  const left = readHolder(holder)
  const mine: Holder = { pid: process.pid, host: hostname(), since: new Date().toISOString() }
  const write = (holds: Holder): void => {
    writeFileSync(inside(folder, 'lock.json.new'), JSON.stringify(holds))
    renameSync(inside(folder, 'lock.json.new'), holder)
  }
  try {
    write(mine)
  } catch (error) {
    db.close()
    throw storeError(error, folder)
  }
  return {
    left: left && { since: left.since, log: left.log ?? false },
    opened: () => write({ ...mine, log: true }),
    release(close) {
      try {
        // Another project may lie here by now.
        if (place.holds) rmSync(holder, { force: true })
      } finally {
        try {
          close?.()
        } finally {
          db.close()
        }
      }
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
    throw new BlindfoldError(
      'FILE_NOT_WRITABLE',
      'The project folder cannot be written to.',
      {
        remedy: 'Open it read-only, check the permissions of the folder, or copy the project to a place you can write to.',
        file,
      },
      { cause: error },
    )
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Sqlite.SqliteError && error.code.startsWith('SQLITE_BUSY')
}

/** Null where the holder has not written its name yet, or the file is damaged. */
function readHolder(file: string): Holder | null {
  try {
    return holderFile.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch {
    return null
  }
}

function locked(folder: string, holder: Holder | null): BlindfoldError {
  const by = holder ? `process ${holder.pid} on ${holder.host} since ${holder.since}` : 'another Blindfold'
  return new BlindfoldError('PROJECT_LOCKED', `The project is already open in ${by}.`, {
    remedy: 'Close it there, then try again. Only one process can write to a project.',
    file: folder,
  })
}
