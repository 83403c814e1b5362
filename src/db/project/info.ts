import { lstatSync, readdirSync, statfsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { projectLayout } from '../../node/project-folder.ts'
import { projectHolder, type Holder } from './lock.ts'
import { SCHEMA_VERSION } from '../migrations/index.ts'
import { info as projectFacts, type ProjectFacts } from './queries.ts'
import { openReadOnly } from './read-only.ts'
import { latest } from '../scans/latest.ts'

type Tally = { value: string; count: number }[]

export type ProjectDetails = {
  path: string
  schema: number
  /** Who has it open; null where nobody has. */
  openIn: Holder | 'unknown' | null
  /** Bytes by part of the folder. */
  sizes: { database: number; media: number; scans: number; runs: number; logs: number; backups: number; cache: number }
  /** Bytes that are free where the project lies. */
  free: number
  /** Null where the project is of an older schema: opening it brings it up to date. */
  contents:
    | (ProjectFacts & {
        statuses: Tally
        splits: Tally
        tags: Tally
        slices: number
        lastScan: { proxy: string; finishedAt: string; pairs: number } | null
        /** Training runs by the status of their jobs. */
        runs: Tally
        jobs: Tally
      })
    | null
}

/**
 * What a project holds, also while somebody has it open.
 * @throws BlindfoldError PROJECT_NOT_FOUND, PROJECT_NEWER, PROJECT_CORRUPT
 */
export function projectDetails(given: string): ProjectDetails {
  const folder = resolve(given)
  const { db, schema, close } = openReadOnly(folder)
  try {
    const tally = (sql: string) => db.prepare(sql).all() as Tally
    const scan = latest(db)
    const contents = () => ({
      ...projectFacts(db),
      statuses: tally('SELECT status AS value, count(*) AS count FROM pair_state GROUP BY status ORDER BY status'),
      splits: tally('SELECT split AS value, count(*) AS count FROM pair_state GROUP BY split ORDER BY split'),
      tags: tally(
        'SELECT t.name AS value, count(*) AS count FROM pair_tags p JOIN tags t ON t.id = p.tag_id GROUP BY t.id ORDER BY t.name',
      ),
      slices: db.prepare('SELECT count(*) FROM slices').pluck().get() as number,
      lastScan: scan && {
        proxy: scan.proxy,
        finishedAt: scan.finishedAt,
        pairs: db.prepare('SELECT count(*) FROM text_scores WHERE scan_id = ?').pluck().get(scan.id) as number,
      },
      runs: tally(
        'SELECT j.status AS value, count(*) AS count FROM runs r JOIN jobs j ON j.id = r.job_id GROUP BY j.status ORDER BY j.status',
      ),
      jobs: tally('SELECT status AS value, count(*) AS count FROM jobs GROUP BY status ORDER BY status'),
    })
    return {
      path: folder,
      schema,
      openIn: projectHolder(folder),
      sizes: sizesOf(folder),
      free: freeSpace(folder),
      contents: schema < SCHEMA_VERSION ? null : contents(),
    }
  } finally {
    close()
  }
}

function sizesOf(folder: string): ProjectDetails['sizes'] {
  const { database, media, scans, runs, logs, backups, cache } = projectLayout(folder)
  return {
    database: [database, `${database}-wal`, `${database}-shm`].reduce((sum, file) => sum + sizeOf(file), 0),
    media: sizeOf(media),
    scans: sizeOf(scans),
    runs: sizeOf(runs),
    logs: sizeOf(logs),
    backups: sizeOf(backups),
    cache: sizeOf(cache),
  }
}

/** Bytes of a file, or of all files below a folder; 0 where it is not there. */
function sizeOf(path: string): number {
  const facts = lstatSync(path, { throwIfNoEntry: false })
  if (!facts?.isDirectory()) return facts?.size ?? 0
  return readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0)
}

function freeSpace(folder: string): number {
  const { bavail, bsize } = statfsSync(folder)
  return bavail * bsize
}
