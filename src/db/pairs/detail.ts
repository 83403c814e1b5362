import type { Database } from 'better-sqlite3'
import type { z } from 'zod'
import type { PairDetail, provenance, trajectoryPoint } from '../../contract/pairs.ts'
import type { DuplicateKind } from '../../contract/pairs.ts'
import { BlindfoldError } from '../../core/errors.ts'
import { history } from '../annotations/queries.ts'
import { statement } from '../sqlite/statement.ts'
import { storedMessages, storedMetadata } from '../sqlite/stored-json.ts'
import { pairRow } from './columns.ts'

type Original = { prompt: string; chosen: string; rejected: string; messages: string | null; metadata: string; file: string; row: number }

/** Repeats of a pair that are named, of each kind. */
const REPEATS = 50

/** Everything about one pair. @throws BlindfoldError NOT_FOUND */
export function get(db: Database, pairId: number): PairDetail {
  const row = pairRow(db, pairId)
  const original = statement<Original>(
    db,
    `SELECT p.prompt, p.chosen, p.rejected, p.messages, p.metadata, i.file, p.row FROM pairs p JOIN imports i ON i.id = p.import_id
     WHERE p.id = ?`,
  ).get(pairId)
  if (!row || !original) {
    throw new BlindfoldError('NOT_FOUND', `Pair ${pairId} not found in this project.`, { remedy: 'Choose a pair from the list.' })
  }
  const { messages, metadata, file, row: importedRow, ...texts } = original
  return {
    ...row,
    images: statement<PairDetail['images'][number]>(
      db,
      `SELECT m.hash, m.width, m.height, m.mime FROM pair_images i JOIN media m ON m.hash = i.hash
       WHERE i.pair_id = ? ORDER BY i.position`,
    ).all(pairId),
    // An edited prompt is a plain text: the turns that it replaced say nothing any more.
    messages: row.prompt !== texts.prompt ? null : storedMessages(messages),
    missing: statement<PairDetail['missing'][number]>(
      db,
      'SELECT position, reference, reason FROM missing_images WHERE pair_id = ? ORDER BY position',
    ).all(pairId),
    repeats: repeatsOf(db, pairId),
    original: texts,
    metadata: storedMetadata(metadata),
    importedFrom: { file, row: importedRow },
    provenance: provenanceOf(db, pairId),
    history: history(db, pairId),
    trajectories: statement<z.infer<typeof trajectoryPoint>>(
      db,
      `SELECT r.id AS runId, r.method, x.epoch, x.mm_loss AS mmLoss, x.text_loss AS textLoss, x.sfc
       FROM run_samples x JOIN runs r ON r.id = x.run_id WHERE x.pair_id = ? ORDER BY r.created_at, r.id, x.epoch`,
    ).all(pairId),
  }
}

/** The other pairs that it repeats, by kind; a kind that is about the pair alone has none. */
function repeatsOf(db: Database, pairId: number): PairDetail['repeats'] {
  const kinds = statement<{ kind: DuplicateKind }>(db, 'SELECT DISTINCT kind FROM duplicates WHERE pair_id = ? ORDER BY kind').all(pairId)
  const others = statement<{ id: number }>(
    db,
    `SELECT DISTINCT o.pair_id AS id FROM duplicates d INDEXED BY duplicates_by_pair CROSS JOIN duplicates o ON o.kind = d.kind AND o.set_id = d.set_id
     WHERE d.pair_id = ? AND d.kind = ? AND o.pair_id <> d.pair_id LIMIT ?`,
  )
  return kinds.map(({ kind }) => ({ kind, pairIds: others.all(pairId, kind, REPEATS).map(({ id }) => id) }))
}

/** What made the numbers that the pair shows; null where it shows none. */
function provenanceOf(db: Database, pairId: number): z.infer<typeof provenance> | null {
  const row = statement<z.infer<typeof provenance>>(
    db,
    `SELECT c.proxy, s.mm_run AS mmRun, t.fold, c.seed, t.text_hash AS textHash, t.scored_at AS scoredAt
     FROM pair_state s JOIN text_scores t ON t.scan_id = s.scan_id AND t.pair_id = s.pair_id JOIN scans c ON c.id = s.scan_id
     WHERE s.pair_id = ?`,
  ).get(pairId)
  return row ?? null
}
