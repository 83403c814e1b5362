import type { Database } from 'better-sqlite3'
import { remarkCode, type ColumnMap, type Convention, type FormatId, type ImportResult, type Remark } from '../../contract/imports.ts'
import { BlindfoldError } from '../../core/errors.ts'
import { statement } from '../sqlite/statement.ts'
import { ensure } from '../sources/queries.ts'

/** What is imported: one file into one source and split. Paths are absolute. */
export type ImportStart = {
  jobId: string
  source: string
  split: string
  /** The split was told, and holds whatever a record says. */
  splitGiven: boolean
  file: string
  format: FormatId
  /** For `mapped`; null for others. */
  map: ColumnMap | null
  /** How the records of the file are read together; null where each is read by itself. */
  convention: Convention | null
  imagesDir: string
  fetchHosts: readonly string[]
  /** By the name that TextDecoder gives it; null where the content tells. */
  encoding: string | null
  /** Changes with the file. */
  fingerprint: string
}

/** How far an import has come. `records` is where it goes on. */
export type ImportState = { id: number; records: number; finished: boolean }

/**
 * The import of this file by this job: where it was begun before, as it stands; else a new one.
 *
 * @throws BlindfoldError JOB_STATE where the file has changed since, so that `records` says nothing of it
 */
export function begin(db: Database, start: ImportStart): ImportState {
  return db
    .transaction((): ImportState => {
      const sourceId = ensure(db, start.source)
      const known = statement<{ id: number; records: number; finished: number; fingerprint: string | null }>(
        db,
        'SELECT id, records, finished, fingerprint FROM imports WHERE job_id = ? AND source_id = ? AND split = ? AND file = ?',
      ).get(start.jobId, sourceId, start.split, start.file)
      if (known) {
        if (known.finished === 0 && known.fingerprint !== null && known.fingerprint !== start.fingerprint)
          throw changed(start.file, known.records)
        return { id: known.id, records: known.records, finished: known.finished === 1 }
      }
      const made = statement(
        db,
        `INSERT INTO imports (job_id, source_id, split, split_given, file, format, map, convention, encoding, images_dir, fetch_hosts, fingerprint, created_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      ).run(
        start.jobId,
        sourceId,
        start.split,
        start.splitGiven ? 1 : 0,
        start.file,
        start.format,
        start.map && JSON.stringify(start.map),
        start.convention && JSON.stringify(start.convention),
        start.encoding,
        start.imagesDir,
        JSON.stringify(start.fetchHosts),
        start.fingerprint,
        new Date().toISOString(),
      )
      return { id: Number(made.lastInsertRowid), records: 0, finished: false }
    })
    .immediate()
}

function changed(file: string, records: number): BlindfoldError {
  return new BlindfoldError('JOB_STATE', `${file} has changed since ${records} of its records were imported.`, {
    file,
    remedy: 'Import it again: pairs that are already in the source are skipped.',
  })
}

type Counts = Omit<ImportResult, 'images' | 'remarks'>

/** Marks an import as done and sums it up. */
export function finish(db: Database, id: number): Counts {
  const counts = statement<Counts>(
    db,
    'UPDATE imports SET finished = 1 WHERE id = ? RETURNING records, pairs, imported, skipped, quarantined, tied, incomplete',
  ).get(id)
  if (!counts) throw new Error(`there is no import ${id}`)
  return counts
}

/** The counts of all imports of a job as they stand. */
export function counts(db: Database, jobId: string): Counts {
  const found = statement<Counts>(
    db,
    `SELECT coalesce(sum(records), 0) AS records, coalesce(sum(pairs), 0) AS pairs, coalesce(sum(imported), 0) AS imported,
            coalesce(sum(skipped), 0) AS skipped, coalesce(sum(quarantined), 0) AS quarantined, coalesce(sum(tied), 0) AS tied,
            coalesce(sum(incomplete), 0) AS incomplete
     FROM imports WHERE job_id = ?`,
  ).get(jobId)
  if (!found) throw new Error('a sum has one row')
  return found
}

/** What is to be said of fields of a job's records, with what most need to know first. */
export function remarks(db: Database, jobId: string): Remark[] {
  const found = statement<Remark>(
    db,
    `SELECT r.code, r.field, sum(r.records) AS records, min(r.first_row) AS firstRow
     FROM imports i JOIN import_remarks r ON r.import_id = i.id WHERE i.job_id = ? GROUP BY r.code, r.field`,
  ).all(jobId)
  const rank = ({ code }: Remark): number => remarkCode.options.indexOf(code)
  return found.sort((a, b) => rank(a) - rank(b) || b.records - a.records || (a.field < b.field ? -1 : 1))
}

/** How many different images with hashes from `from` on and below `to` the pairs of a job show. */
export function images(db: Database, jobId: string, from: string, to: string): number {
  const found = statement<{ n: number }>(
    db,
    `SELECT count(*) AS n FROM media m WHERE m.hash >= ? AND m.hash < ? AND EXISTS (
       SELECT 1 FROM pair_images i CROSS JOIN pairs p ON p.id = i.pair_id WHERE i.hash = m.hash
         AND p.import_id IN (SELECT id FROM imports WHERE job_id = ?))`,
  ).get(from, to, jobId)
  return found?.n ?? 0
}

/** A row that an import passed over, and where the equal pair came from. */
export type SkippedRow = { file: string; row: number; pairId: number; same: { file: string; row: number } }

/** What the imports of a job passed over, in the order of files and rows. */
export function skipped(db: Database, { jobId, limit }: { jobId: string; limit: number }): SkippedRow[] {
  type Row = { file: string; row: number; pairId: number; sameFile: string; sameRow: number }
  return statement<Row>(
    db,
    `SELECT i.file, k.row, k.pair_id AS pairId, o.file AS sameFile, p.row AS sameRow
     FROM imports i JOIN import_skips k ON k.import_id = i.id JOIN pairs p ON p.id = k.pair_id JOIN imports o ON o.id = p.import_id
     WHERE i.job_id = ? ORDER BY i.id, k.row, k.part LIMIT ?`,
  )
    .all(jobId, limit)
    .map(({ sameFile, sameRow, ...row }) => ({ ...row, same: { file: sameFile, row: sameRow } }))
}
