import type { Database } from 'better-sqlite3'
import type { TopFeature } from '../../contract/overview.ts'
import type { ModelProvenance, ScanOptions } from '../../contract/proxies.ts'
import type { HeldOutScore } from '../../contract/scoring.ts'
import { softplusNeg } from '../../core/losses.ts'
import { statement } from '../statement.ts'
import { refreshAudit } from './audit.ts'

/** Begins a scan; what an earlier try of the same job left is removed. `dir` is relative to the project. */
export function create(
  db: Database,
  { jobId, options, model, folds }: { jobId: string; options: ScanOptions; model: ModelProvenance | null; folds: number },
): { scanId: number; dir: string } {
  return db.transaction(() => {
    statement(db, 'DELETE FROM scans WHERE job_id = ? AND finished_at IS NULL').run(jobId)
    const dir = `scans/${jobId}`
    const { lastInsertRowid } = statement(
      db,
      'INSERT INTO scans (job_id, proxy, seed, folds, dir, model, options, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
    ).run(jobId, options.proxy, options.seed, folds, dir, model && JSON.stringify(model), JSON.stringify(options), new Date().toISOString())
    return { scanId: Number(lastInsertRowid), dir }
  }).immediate()
}

/**
 * Folders of scans, relative to the project, whose fitted models can still be asked for: those of the latest finished
 * scan of each proxy and model, and of scans that are not finished.
 */
export function usedFolders(db: Database): string[] {
  return statement<{ dir: string }>(
    db,
    `SELECT dir FROM scans s WHERE finished_at IS NULL OR NOT EXISTS (
       SELECT 1 FROM scans later WHERE later.proxy = s.proxy AND later.model IS s.model AND later.finished_at IS NOT NULL
         AND (later.finished_at, later.id) > (s.finished_at, s.id))`,
  )
    .all()
    .map(({ dir }) => dir)
}

/** Stores held-out margins; the key of a score is the hash of the text that was scored. */
export function storeScores(db: Database, scanId: number, scores: readonly HeldOutScore[]): void {
  db.transaction(() => {
    const at = new Date().toISOString()
    const insert = statement(
      db,
      'INSERT OR REPLACE INTO text_scores (scan_id, pair_id, fold, margin, loss, text_hash, scored_at) VALUES (?, ?, ?, ?, ?, ?, ?)',
    )
    for (const { id, key, fold, margin } of scores) insert.run(scanId, id, fold, margin, softplusNeg(margin), key, at)
  }).immediate()
}

export function storeFeatures(db: Database, scanId: number, features: readonly TopFeature[]): void {
  db.transaction(() => {
    const insert = statement(
      db,
      `INSERT OR REPLACE INTO scan_features (scan_id, rank, feature, kind, weight, coverage, lift, support, side)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    features.forEach((f, rank) => insert.run(scanId, rank, f.feature, f.kind, f.weight, f.coverage, f.lift, f.support, f.side))
  }).immediate()
}

/** From here on the scan counts: the pairs' numbers become its own in the same transaction. */
export function finish(db: Database, scanId: number, inSampleAccuracy: number): void {
  db.transaction(() => {
    statement(db, 'UPDATE scans SET finished_at = ?, in_sample_accuracy = ? WHERE id = ?').run(
      new Date().toISOString(),
      inSampleAccuracy,
      scanId,
    )
    refreshAudit(db)
  }).immediate()
}
