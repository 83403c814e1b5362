import type { Database } from 'better-sqlite3'
import type { FormatId, ImportResult } from '../../contract/imports.ts'
import { statement } from '../statement.ts'
import { ensure } from './sources.ts'

/** What is imported: one file into one source and split. Paths are absolute. */
export type ImportStart = {
  jobId: string
  source: string
  split: string
  file: string
  format: FormatId
  imagesDir: string
}

/** How far an import has come. `records` is where it goes on. */
export type ImportState = { id: number; records: number; finished: boolean }

/** The import of this file by this job: where it was begun before, as it stands; else a new one. */
export function begin(db: Database, start: ImportStart): ImportState {
  return db
    .transaction((): ImportState => {
      const sourceId = ensure(db, start.source)
      const known = statement<{ id: number; records: number; finished: number }>(
        db,
        'SELECT id, records, finished FROM imports WHERE job_id = ? AND source_id = ? AND split = ? AND file = ?',
      ).get(start.jobId, sourceId, start.split, start.file)
      if (known) return { id: known.id, records: known.records, finished: known.finished === 1 }
      const made = statement(
        db,
        `INSERT INTO imports (job_id, source_id, split, file, format, images_dir, created_at)
         VALUES (?, ?, ?, ?, ?, ?, ?)`,
      ).run(start.jobId, sourceId, start.split, start.file, start.format, start.imagesDir, new Date().toISOString())
      return { id: Number(made.lastInsertRowid), records: 0, finished: false }
    })
    .immediate()
}

/** Marks an import as done and sums it up. */
export function finish(db: Database, id: number): ImportResult {
  statement(db, 'UPDATE imports SET finished = 1 WHERE id = ?').run(id)
  return summary(db, id)
}

/** The counts of an import as they stand; `images` are the different images of the pairs that it brought. */
export function summary(db: Database, id: number): ImportResult {
  const counts = statement<Omit<ImportResult, 'images'>>(
    db,
    'SELECT records, imported, skipped, quarantined FROM imports WHERE id = ?',
  ).get(id)
  if (!counts) throw new Error(`there is no import ${id}`)
  const images = statement<{ n: number }>(
    db,
    'SELECT count(DISTINCT i.hash) AS n FROM pairs p JOIN pair_images i ON i.pair_id = p.id WHERE p.import_id = ?',
  ).get(id)
  return { ...counts, images: images?.n ?? 0 }
}
