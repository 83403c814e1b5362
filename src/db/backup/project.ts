import Sqlite, { type Database } from 'better-sqlite3'
import { existsSync, mkdirSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setImmediate as breathe } from 'node:timers/promises'
import { BlindfoldError } from '../../core/errors.ts'
import { mediaSegments } from '../../core/image-type.ts'
import { NewFolder, isWithin } from '../../node/new-folder.ts'
import { imageFile, logFile, logName, projectLayout, thumbnailFile, workFolder } from '../../node/project-folder.ts'
import { meta } from '../project/queries.ts'
import { openReadOnly } from '../project/read-only.ts'
import { storeError } from '../worker/store-error.ts'
import { earlierBackup, writeMarker } from './earlier.ts'
import { copyTree, hashFile, linkOrCopy, readImage } from './files.ts'

export type BackupResult = {
  out: string
  pairs: number
  images: number
  /** Of everything in the backup. */
  bytes: number
  /** Images that take no space of their own: they are the same files as the project's or the earlier backup's. */
  linked: number
  /** Images that are gone or damaged in the project itself; `check` says more. */
  lost: number
}

export type BackupOptions = {
  signal?: AbortSignal
  progress?: (phase: string, done: number, total: number) => void
}

/** Pages of the database between two looks at the signal. */
const PAGES = 2000
const IMAGES = 100

/**
 * Copies a project as it stands at one moment, while others may have it open and write: the database by SQLite's online
 * backup within one read transaction, then the images that it names, each checked against its hash. The copy appears at
 * `out` when it is complete, or not at all; an earlier backup of the same project that nobody changed makes way.
 *
 * @throws BlindfoldError PROJECT_NOT_FOUND, PROJECT_EXISTS, INVALID_INPUT, PROJECT_CORRUPT, FILE_NOT_WRITABLE; the signal's reason
 */
export async function backupProject(folder: string, out: string, options: BackupOptions = {}): Promise<BackupResult> {
  const goal = resolve(out)
  if (await isWithin(goal, folder)) {
    throw new BlindfoldError('INVALID_INPUT', 'A backup cannot be inside the project itself.', {
      remedy: 'Choose another folder.',
      field: '--out',
      file: goal,
    })
  }
  const project = openReadOnly(folder)
  let making: NewFolder | null = null
  try {
    const id = meta(project.db, 'project_id') ?? ''
    const earlier = await earlierBackup(goal, id)
    making = await NewFolder.begin(goal)
    const part = making.path
    await copyDatabase(project.db, projectLayout(part).database, options)
    project.close()
    const result = await fill({ folder, part, earlier: earlier ? goal : null, schema: project.schema }, options)
    const { database } = projectLayout(part)
    writeMarker(part, {
      project: id,
      from: resolve(folder),
      madeAt: new Date().toISOString(),
      database: await hashFile(database, options.signal),
    })
    options.signal?.throwIfAborted()
    await making.commit()
    return { out: goal, ...result }
  } catch (error) {
    await making?.abandon()
    throw options.signal?.aborted ? options.signal.reason : storeError(error, goal)
  } finally {
    project.close()
  }
}

/** Within one read transaction: otherwise SQLite restarts the backup at every write. */
async function copyDatabase(db: Database, to: string, { signal, progress }: BackupOptions): Promise<void> {
  db.exec('BEGIN')
  try {
    db.prepare('SELECT count(*) FROM meta').get()
    await db.backup(to, {
      progress: ({ totalPages, remainingPages }) => {
        signal?.throwIfAborted()
        progress?.('Copying the database', totalPages - remainingPages, totalPages)
        return PAGES
      },
    })
  } finally {
    db.exec('COMMIT')
  }
}

/** `folder` is copied to `part`; `earlier` is the backup before, whose images need not be copied again. */
type Places = { folder: string; part: string; earlier: string | null; schema: number }

/** Everything but the database, as the copied database names it. */
async function fill(places: Places, options: BackupOptions): Promise<Omit<BackupResult, 'out'>> {
  const { folder, part } = places
  const { database } = projectLayout(part)
  const db = new Sqlite(database)
  try {
    settle(db)
    const images = await copyImages(db, places, options)
    let bytes = images.bytes
    const { media, runs, scans, logs } = projectLayout(part)
    for (const each of [media, runs, scans, logs]) mkdirSync(each, { recursive: true })
    for (const { from, to } of workOf(db, folder)) {
      options.signal?.throwIfAborted()
      bytes += copyTree(from, join(part, to))
    }
    const pairs = (db.prepare('SELECT count(*) FROM pairs').pluck().get() as number | undefined) ?? 0
    db.close()
    return { ...images, pairs, bytes: bytes + statSync(database).size }
  } finally {
    db.close()
  }
}

/** No job of the copy runs, and none of its training runs is followed by it. Refuses a database that is damaged. */
function settle(db: Database): void {
  const damage = db.pragma('quick_check(1)', { simple: true })
  if (damage !== 'ok') {
    throw new BlindfoldError('PROJECT_CORRUPT', `The project database is damaged: ${String(damage)}`, {
      remedy: 'Run blindfold check on the project.',
    })
  }
  // One file, without a log beside it.
  db.pragma('journal_mode = DELETE')
  db.prepare("UPDATE jobs SET status = 'interrupted', ended_at = ? WHERE status IN ('queued', 'running', 'cancelling')").run(
    new Date().toISOString(),
  )
  db.exec('UPDATE runs SET pid = NULL, pid_started = NULL WHERE pid IS NOT NULL')
}

/** Folders of scans and runs and the logs of jobs, with their paths in the project. @throws BlindfoldError PROJECT_UNSAFE where one lies elsewhere */
function workOf(db: Database, folder: string): { from: string; to: string }[] {
  const named = (sql: string) => db.prepare(sql).pluck().all() as string[]
  return [
    ...named('SELECT dir FROM scans').map((dir) => ({ from: workFolder(folder, 'scans', dir), to: dir })),
    ...named('SELECT dir FROM runs').map((dir) => ({ from: workFolder(folder, 'runs', dir), to: dir })),
    ...named('SELECT id FROM jobs').map((id) => ({ from: logFile(folder, id), to: logName(id) })),
  ]
}

async function copyImages(db: Database, { folder, part, earlier, schema }: Places, { signal, progress }: BackupOptions) {
  const rows = db.prepare(`SELECT hash, ${schema < 2 ? '0 AS thumbnail' : 'thumbnail'} FROM media`).all() as {
    hash: string
    thumbnail: number
  }[]
  const found = { images: 0, bytes: 0, linked: 0, lost: 0 }
  const without = db.prepare('UPDATE media SET thumbnail = 0 WHERE hash = ?')
  for (const [i, { hash, thumbnail }] of rows.entries()) {
    if (i % IMAGES === 0) {
      await breathe()
      signal?.throwIfAborted()
      progress?.('Copying images', i, rows.length)
    }
    if (!mediaSegments(hash)) {
      found.lost += 1
      continue
    }
    const to = imageFile(part, hash)
    const copied = (earlier && copyImage(imageFile(earlier, hash), hash, to)) || copyImage(imageFile(folder, hash), hash, to)
    if (copied) {
      found.images += 1
      found.bytes += copied.bytes
      if (copied.linked) found.linked += 1
    } else {
      found.lost += 1
    }
    if (thumbnail !== 1) continue
    const small = thumbnailFile(folder, hash)
    if (existsSync(small)) linkOrCopy(small, thumbnailFile(part, hash))
    else without.run(hash)
  }
  progress?.('Copying images', rows.length, rows.length)
  return found
}

/** Null where the file is not what its name says. */
function copyImage(file: string, hash: string, to: string): { bytes: number; linked: boolean } | null {
  const image = readImage(file)
  if (image?.hash !== hash) return null
  const linked = linkOrCopy(file, to) === 'linked'
  if (linked || readImage(to)?.hash === hash) return { bytes: image.bytes, linked }
  throw new BlindfoldError('FILE_NOT_WRITABLE', 'A copied image differs from the original.', {
    remedy: 'Check the disk that the backup is written to.',
    file: to,
  })
}
