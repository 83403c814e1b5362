import type { Database } from 'better-sqlite3'
import type { QuarantineCode } from '../../contract/imports.ts'
import { pairUid, textHash } from '../hash.ts'
import { statement } from '../statement.ts'

/** A record that was read and found good. `images` are content hashes in the order of the prompt, their media known. */
export type NewPair = {
  row: number
  externalId: string | null
  prompt: string
  chosen: string
  rejected: string
  images: readonly string[]
  metadata: Record<string, unknown>
  /** The record as it stands in the file, for the quarantine, should its id be taken. */
  raw: string
}

export type NewMedia = { hash: string; mime: string; width: number; height: number; bytes: number }

export type NewRejection = { row: number; field: string | null; code: QuarantineCode; reason: string; raw: string }

export type Batch = {
  importId: number
  /** Image files that already lie in `media/`. Known ones may be among them. */
  media: readonly NewMedia[]
  pairs: readonly NewPair[]
  rejections: readonly NewRejection[]
  /**
   * Records read since the import began, this batch included: where a resumed import goes on. Null where these rows
   * were counted before and are tried again from the quarantine.
   */
  records: number | null
}

/** What became of a batch: every pair and rejection is in exactly one of the first three. `images` counts new media. */
export type BatchOutcome = { imported: number; skipped: number; quarantined: number; images: number }

type ImportRow = { source_id: number; split: string; file: string }

/** Characters of a raw record that the quarantine keeps. */
const RAW_LIMIT = 20_000

/**
 * Writes one batch of an import and the progress it makes, in one transaction: a killed import leaves whole batches
 * and the count of records they came from. A pair its source has already is skipped; one whose id another pair of the
 * same source and split has is quarantined. A row that gets in leaves the quarantine, where an earlier try put it.
 */
export function insertBatch(db: Database, batch: Batch): BatchOutcome {
  return db.transaction(() => write(db, batch)).immediate()
}

function write(db: Database, batch: Batch): BatchOutcome {
  const of = statement<ImportRow>(db, 'SELECT source_id, split, file FROM imports WHERE id = ?').get(batch.importId)
  if (!of) throw new Error(`there is no import ${batch.importId}`)
  const at = new Date().toISOString()
  const outcome: BatchOutcome = { imported: 0, skipped: 0, quarantined: 0, images: 0 }

  const addMedia = statement(db, 'INSERT INTO media (hash, mime, width, height, bytes) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING')
  for (const { hash, mime, width, height, bytes } of batch.media) {
    outcome.images += addMedia.run(hash, mime, width, height, bytes).changes
  }

  const reject = (rejection: NewRejection) => {
    quarantine(db, batch.importId, of, rejection, at)
    outcome.quarantined += 1
  }
  for (const rejection of batch.rejections) reject(rejection)

  let resolved = 0
  for (const pair of batch.pairs) {
    const clash = insertPair(db, batch.importId, of, pair, at)
    if (clash === 'id') {
      reject({
        row: pair.row,
        field: 'id',
        code: 'duplicate-id',
        reason: `Another pair of this source and split has the id ${JSON.stringify(pair.externalId)}.`,
        raw: pair.raw,
      })
      continue
    }
    if (clash === 'content') outcome.skipped += 1
    else outcome.imported += 1
    resolved += release(db, of, pair.row)
  }

  countProgress(db, batch, outcome, resolved)
  return outcome
}

/** Null where the pair went in; else what of it is there already. */
function insertPair(db: Database, importId: number, of: ImportRow, pair: NewPair, at: string): 'content' | 'id' | null {
  const { prompt, chosen, rejected, images } = pair
  const uid = pairUid(prompt, chosen, rejected, images)
  if (statement(db, 'SELECT 1 FROM pairs WHERE source_id = ? AND uid = ?').get(of.source_id, uid)) return 'content'
  const added = statement(
    db,
    `INSERT INTO pairs (uid, source_id, external_id, split, prompt, chosen, rejected, text_hash, metadata, import_id, row, created_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (source_id, split, external_id) WHERE external_id IS NOT NULL DO NOTHING`,
  ).run(
    uid,
    of.source_id,
    pair.externalId,
    of.split,
    prompt,
    chosen,
    rejected,
    textHash(prompt, chosen, rejected),
    JSON.stringify(pair.metadata),
    importId,
    pair.row,
    at,
  )
  if (added.changes === 0) return 'id'
  const addImage = statement(db, 'INSERT INTO pair_images (pair_id, position, hash) VALUES (?, ?, ?)')
  images.forEach((hash, position) => addImage.run(added.lastInsertRowid, position, hash))
  return null
}

/** The same row of the same file is in quarantine once, with its newest reason. */
function quarantine(db: Database, importId: number, of: ImportRow, rejection: NewRejection, at: string): void {
  statement(
    db,
    `INSERT INTO quarantine (import_id, source_id, split, file, row, field, code, reason, raw, created_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (source_id, split, file, row) DO UPDATE SET import_id = excluded.import_id, field = excluded.field,
       code = excluded.code, reason = excluded.reason, raw = excluded.raw, created_at = excluded.created_at`,
  ).run(
    importId,
    of.source_id,
    of.split,
    of.file,
    rejection.row,
    rejection.field,
    rejection.code,
    rejection.reason,
    rejection.raw.slice(0, RAW_LIMIT),
    at,
  )
}

function release(db: Database, of: ImportRow, row: number): number {
  return statement(db, 'DELETE FROM quarantine WHERE source_id = ? AND split = ? AND file = ? AND row = ?').run(
    of.source_id,
    of.split,
    of.file,
    row,
  ).changes
}

/** Keeps imported + skipped + quarantined = records, also where rows move out of the quarantine. */
function countProgress(db: Database, batch: Batch, outcome: BatchOutcome, resolved: number): void {
  const again = batch.records === null
  statement(
    db,
    `UPDATE imports SET records = coalesce(?, records), imported = imported + ?, skipped = skipped + ?,
       quarantined = quarantined + ? WHERE id = ?`,
  ).run(batch.records, outcome.imported, outcome.skipped, again ? -resolved : outcome.quarantined, batch.importId)
}
