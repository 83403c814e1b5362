import Sqlite, { type Database } from 'better-sqlite3'
import { existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { isAbsolute, join, normalize, relative, resolve } from 'node:path'
import { setImmediate as breathe } from 'node:timers/promises'
import { mediaSegments, thumbnailSegments } from '../../core/image-type.ts'
import { BlindfoldError } from '../../core/errors.ts'
import { projectLayout } from '../layout.ts'
import { meta } from '../queries/projects.ts'
import { openReadOnly } from '../read-only.ts'
import { storeError } from '../store-error.ts'
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
  const inside = relative(resolve(folder), goal)
  if (inside === '' || !inside.startsWith('..')) {
    throw new BlindfoldError('INVALID_INPUT', 'A backup cannot lie in the project itself.', { remedy: 'Choose another place.', field: '--out', file: goal })
  }
  const project = openReadOnly(folder)
  const part = `${goal}.${process.pid}.part`
  try {
    const id = meta(project.db, 'project_id') ?? ''
    const earlier = await earlierBackup(goal, id)
    rmSync(part, { recursive: true, force: true })
    mkdirSync(part, { recursive: true })
    await copyDatabase(project.db, projectLayout(part).database, options)
    project.close()
    const result = await fill({ folder, part, earlier: earlier ? goal : null, schema: project.schema }, options)
    const { database } = projectLayout(part)
    writeMarker(part, { project: id, from: resolve(folder), madeAt: new Date().toISOString(), database: await hashFile(database, options.signal) })
    options.signal?.throwIfAborted()
    swap(part, goal, earlier)
    return { out: goal, ...result }
  } catch (error) {
    rmSync(part, { recursive: true, force: true })
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
    for (const path of workOf(db)) {
      options.signal?.throwIfAborted()
      bytes += copyTree(join(folder, path), join(part, path))
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
    throw new BlindfoldError('PROJECT_CORRUPT', `The project database is damaged: ${String(damage)}`, { remedy: 'Run blindfold check on the project.' })
  }
  // One file, without a log beside it.
  db.pragma('journal_mode = DELETE')
  db.prepare("UPDATE jobs SET status = 'interrupted', ended_at = ? WHERE status IN ('queued', 'running', 'cancelling')").run(new Date().toISOString())
  db.exec('UPDATE runs SET pid = NULL, pid_started = NULL WHERE pid IS NOT NULL')
}

/** Folders of scans and runs and the logs of jobs, as paths in the project. What leads out of it is none of its own. */
function workOf(db: Database): string[] {
  const dirs = db.prepare('SELECT dir FROM scans UNION SELECT dir FROM runs').pluck().all() as string[]
  const jobs = db.prepare('SELECT id FROM jobs').pluck().all() as string[]
  const paths = [...dirs, ...jobs.map((id) => join('logs', `${id}.log`))]
  return paths.filter((path) => !isAbsolute(path) && !normalize(path).startsWith('..'))
}

async function copyImages(db: Database, { folder, part, earlier, schema }: Places, { signal, progress }: BackupOptions) {
  const rows = db.prepare(`SELECT hash, ${schema < 2 ? '0 AS thumbnail' : 'thumbnail'} FROM media`).all() as { hash: string; thumbnail: number }[]
  const found = { images: 0, bytes: 0, linked: 0, lost: 0 }
  const without = db.prepare('UPDATE media SET thumbnail = 0 WHERE hash = ?')
  for (const [i, { hash, thumbnail }] of rows.entries()) {
    if (i % IMAGES === 0) {
      await breathe()
      signal?.throwIfAborted()
      progress?.('Copying images', i, rows.length)
    }
    const segments = mediaSegments(hash)
    if (!segments) {
      found.lost += 1
      continue
    }
    const place = join(...segments)
    const copied = (earlier && copyImage(join(earlier, place), hash, join(part, place))) || copyImage(join(folder, place), hash, join(part, place))
    if (copied) {
      found.images += 1
      found.bytes += copied.bytes
      if (copied.linked) found.linked += 1
    } else {
      found.lost += 1
    }
    if (thumbnail !== 1) continue
    const small = join(...(thumbnailSegments(hash) ?? []))
    if (existsSync(join(folder, small))) linkOrCopy(join(folder, small), join(part, small))
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
  throw new BlindfoldError('FILE_NOT_WRITABLE', 'An image does not arrive as it was sent.', { remedy: 'Check the disk that the backup goes to.', file: to })
}

/** Puts the complete copy in its place. Between the two renames the earlier one lies beside it, so that there always is one. */
function swap(part: string, goal: string, earlier: boolean): void {
  if (!earlier) return renameSync(part, goal)
  const old = `${part}.old`
  renameSync(goal, old)
  renameSync(part, goal)
  rmSync(old, { recursive: true, force: true })
}
