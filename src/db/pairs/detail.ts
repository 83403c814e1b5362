import type { Database } from 'better-sqlite3'
import type { z } from 'zod'
import type { PairDetail, provenance, trajectoryPoint } from '../../contract/pairs.ts'
import { BlindfoldError } from '../../core/errors.ts'
import { history } from '../queries/annotations.ts'
import { statement } from '../statement.ts'
import { pairRow } from './rows.ts'

type Original = { prompt: string; chosen: string; rejected: string; metadata: string; file: string; row: number }

/** Everything about one pair. @throws BlindfoldError NOT_FOUND */
export function get(db: Database, pairId: number): PairDetail {
  const row = pairRow(db, pairId)
  const original = statement<Original>(
    db,
    `SELECT p.prompt, p.chosen, p.rejected, p.metadata, i.file, p.row FROM pairs p JOIN imports i ON i.id = p.import_id
     WHERE p.id = ?`,
  ).get(pairId)
  if (!row || !original) {
    throw new BlindfoldError('NOT_FOUND', `There is no pair ${pairId} in this project.`, { remedy: 'Look it up in the list.' })
  }
  const { metadata, file, row: importedRow, ...texts } = original
  return {
    ...row,
    images: statement<PairDetail['images'][number]>(
      db,
      `SELECT m.hash, m.width, m.height, m.mime FROM pair_images i JOIN media m ON m.hash = i.hash
       WHERE i.pair_id = ? ORDER BY i.position`,
    ).all(pairId),
    original: texts,
    metadata: JSON.parse(metadata) as PairDetail['metadata'],
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
