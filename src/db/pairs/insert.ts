import type { Database } from 'better-sqlite3'
import { restoreHistory } from '../annotations/restore.ts'
import { ensure as ensureSource } from '../sources/queries.ts'
import { ensure as ensureTag, putOn } from '../tags/queries.ts'
import { resumable } from '../worker/resumable.ts'
import { statement } from '../sqlite/statement.ts'
import type { RemarkCode } from '../../contract/imports.ts'
import type { Batch, BatchOutcome, NewImage, NewPair, NewRemark } from './batch.ts'
import { groupOfImages } from './groups.ts'
import { quarantine, release } from '../quarantine/rows.ts'
import { isRepeated, repeat, withId } from './repeated-ids.ts'
import { equalPair, judgesOtherwise, standingOf } from './standing.ts'

/** What all pairs of a batch share. */
type Target = {
  importId: number
  sourceId: number
  source: string
  split: string
  file: string
  at: string
  sources: Map<string, number>
  newImages: Set<string>
  added: Tally
  histories: Map<number, NewPair>
  remarks: Map<RemarkCode, NewRemark>
}

/** New pairs by source, split, status and whether an image is missing. */
type Tally = Map<string, { sourceId: number; split: string; status: string; incomplete: number; pairs: number }>

/**
 * Writes one batch of an import and the progress it makes, in one transaction: a killed import leaves whole batches
 * and the count of records they came from. A pair that its source and split have already is skipped, and which one it
 * equals is remembered; an id that several pairs of the source and split state is metadata of them all. A row that gets in
 * leaves the quarantine, where an earlier try put it.
 *
 * Words of new pairs are not found by a search until `indexWords` has got to them; a pair whose images join groups waits
 * for `assignGroups`.
 */
export function insertBatch(db: Database, batch: Batch): BatchOutcome {
  return resumable(db, () => write(db, batch))
}

function write(db: Database, batch: Batch): BatchOutcome {
  const { importId } = batch
  const of = statement<{ sourceId: number; source: string; split: string; file: string }>(
    db,
    'SELECT i.source_id AS sourceId, o.name AS source, i.split, i.file FROM imports i JOIN sources o ON o.id = i.source_id WHERE i.id = ?',
  ).get(importId)
  if (!of) throw new Error(`there is no import ${importId}`)
  const target: Target = {
    importId,
    ...of,
    at: new Date().toISOString(),
    sources: new Map(),
    newImages: new Set(),
    added: new Map(),
    histories: new Map(),
    remarks: new Map(),
  }
  const outcome: BatchOutcome = { imported: 0, skipped: 0, quarantined: 0, tied: 0, incomplete: 0, images: 0 }

  const addMedia = statement(db, 'INSERT INTO media (hash, mime, width, height, bytes) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING')
  for (const { hash, mime, width, height, bytes } of batch.media) {
    const { changes } = addMedia.run(hash, mime, width, height, bytes)
    if (changes > 0) target.newImages.add(hash)
    outcome.images += changes
  }

  const resolved = release(db, target, [...batch.rejections.map(({ row }) => ({ row, part: 0 })), ...batch.pairs])
  for (const rejection of batch.rejections) {
    quarantine(db, target, { ...rejection, part: 0 })
    outcome.quarantined += 1
  }
  for (const pair of batch.pairs) outcome[insertPair(db, target, pair, outcome)] += 1
  const count = statement(
    db,
    `INSERT INTO pair_counts (source_id, split, status, quadrant, stale, incomplete, pairs) VALUES (?, ?, ?, '', 0, ?, ?)
     ON CONFLICT DO UPDATE SET pairs = pairs + excluded.pairs`,
  )
  for (const { sourceId, split, status, incomplete, pairs } of target.added.values()) count.run(sourceId, split, status, incomplete, pairs)
  const say = statement(
    db,
    `INSERT INTO import_remarks (import_id, code, field, records, first_row) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET records = records + excluded.records, first_row = min(first_row, excluded.first_row)`,
  )
  for (const { code, field, records, firstRow } of [...(batch.remarks ?? []), ...target.remarks.values()])
    say.run(importId, code, field, records, firstRow)
  // Behind the count, which their triggers change.
  for (const [pairId, pair] of target.histories) restoreHistory(db, pairId, pair)

  statement(
    db,
    `UPDATE imports SET records = coalesce(?, records), imported = imported + ?, skipped = skipped + ?, quarantined = quarantined + ?,
       tied = tied + ?, incomplete = incomplete + ? WHERE id = ?`,
  ).run(
    batch.records,
    outcome.imported,
    outcome.skipped,
    // Rows tried again were counted as quarantined before.
    outcome.quarantined - (batch.records === null ? resolved : 0),
    outcome.tied,
    outcome.incomplete,
    importId,
  )
  statement(db, 'UPDATE imports SET pairs = imported + skipped + quarantined WHERE id = ?').run(importId)
  return outcome
}

/** What becomes of the pair; counts what it is beside that. */
function insertPair(db: Database, target: Target, pair: NewPair, counts: BatchOutcome): 'imported' | 'skipped' | 'quarantined' {
  const { uid, messages, images, row, part } = pair
  const sourceId = sourceOf(db, target, pair)
  const split = pair.split ?? target.split
  const equal = equalPair(db, uid, sourceId, split)
  if (equal) {
    statement(db, 'INSERT OR REPLACE INTO import_skips (import_id, row, part, pair_id) VALUES (?, ?, ?, ?)').run(
      target.importId,
      row,
      part,
      equal.id,
    )
    // The history of a pair of this batch is not there yet.
    const before = target.histories.get(equal.id)
    if (judgesOtherwise(pair, before ? standingOf(before) : equal)) remark(target, 'other-label', 'label', row)
    return 'skipped'
  }
  const scope = { sourceId, split }
  const { externalId } = pair
  const insert = statement(
    db,
    `INSERT INTO pairs (uid, source_id, external_id, split, prompt, chosen, rejected, text_hash, messages, metadata, import_id, row, part, tied, created_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (source_id, split, external_id) WHERE external_id IS NOT NULL DO NOTHING`,
  )
  const add = (id: string | null, metadata: string) =>
    insert.run(
      uid,
      sourceId,
      id,
      split,
      pair.prompt,
      pair.chosen,
      pair.rejected,
      pair.textHash,
      messages && JSON.stringify(messages),
      metadata,
      target.importId,
      row,
      part,
      pair.tied ? 1 : 0,
      target.at,
    )
  const known = externalId !== null && isRepeated(db, scope, externalId)
  let added = known ? null : add(externalId, pair.metadata)
  if (externalId !== null && (added === null || added.changes === 0)) {
    const lost = known ? 0 : repeat(db, scope, externalId)
    added = add(null, withId(pair.metadata, externalId))
    remark(target, 'repeated-id', 'id', row, 1 + lost)
  }
  if (added === null) throw new Error('insertPair: nothing was added')
  const pairId = Number(added.lastInsertRowid)
  const grouped = groupOfImages(db, pair.source ?? target.source, images, (hash) => target.newImages.has(hash))
  const missing = addImages(db, pairId, grouped.images)
  const group = pair.promptKey ?? grouped.group
  const status = pair.tied ? 'tied' : 'unreviewed'
  statement(
    db,
    'INSERT INTO pair_state (pair_id, source_id, split, status, text_hash, group_id, missing_images) VALUES (?, ?, ?, ?, ?, ?, ?)',
  ).run(pairId, sourceId, split, status, pair.textHash, group, missing)
  const incomplete = missing > 0 ? 1 : 0
  const like = `${sourceId} ${incomplete} ${status} ${split}`
  const tally = target.added.get(like)
  if (tally) tally.pairs += 1
  else target.added.set(like, { sourceId, split, status, incomplete, pairs: 1 })
  for (const tag of pair.tags) putOn(db, ensureTag(db, tag), pairId)
  if (pair.history.length > 0) target.histories.set(pairId, pair)
  if (pair.tied) counts.tied += 1
  counts.incomplete += incomplete
  return 'imported'
}

function remark({ remarks }: Target, code: RemarkCode, field: string, row: number, records = 1): void {
  const known = remarks.get(code)
  if (known) known.records += records
  else remarks.set(code, { code, field, records, firstRow: row })
}

function sourceOf(db: Database, { sourceId, sources }: Target, { source }: NewPair): number {
  if (source === null) return sourceId
  let id = sources.get(source)
  if (id === undefined) sources.set(source, (id = ensureSource(db, source)))
  return id
}

/** Writes the images, and gives how many are missing. */
function addImages(db: Database, pairId: number, images: readonly NewImage[]): number {
  const show = statement(db, 'INSERT INTO pair_images (pair_id, position, hash, reference) VALUES (?, ?, ?, ?)')
  let missing = 0
  for (const [position, image] of images.entries()) {
    if (typeof image === 'string') show.run(pairId, position, image, null)
    else if ('hash' in image) show.run(pairId, position, image.hash, image.reference)
    else {
      statement(db, 'INSERT INTO missing_images (pair_id, position, reference, reason) VALUES (?, ?, ?, ?)').run(
        pairId,
        position,
        image.missing,
        image.reason,
      )
      missing++
    }
  }
  return missing
}
