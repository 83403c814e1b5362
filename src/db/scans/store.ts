import type { Database } from 'better-sqlite3'
import type { CurvePoint, Stability, TopFeature } from '../../contract/overview.ts'
import type { ModelProvenance, ScanOptions } from '../../contract/proxies.ts'
import type { HeldOutScore } from '../../protocols/scoring.ts'
import { softplusNeg } from '../../core/losses.ts'
import { statement } from '../sqlite/statement.ts'
import { beginAudit, reportsChanged } from './audit.ts'
import { latestOfEach } from './latest.ts'
import { IMAGES } from './references.ts'

/** Of the job `j`. */
const AT_WORK = "j.status IN ('running', 'cancelling')"

/** Begins a scan; what an earlier try of the same job left is removed. `dir` is relative to the project. */
export function create(
  db: Database,
  { jobId, options, model, folds }: { jobId: string; options: ScanOptions; model: ModelProvenance | null; folds: number },
): { scanId: number; dir: string } {
  return db
    .transaction(() => {
      statement(db, 'DELETE FROM scans WHERE job_id = ? AND finished_at IS NULL').run(jobId)
      const dir = `scans/${jobId}`
      const { lastInsertRowid } = statement(
        db,
        'INSERT INTO scans (job_id, proxy, seed, folds, dir, model, options, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
      ).run(
        jobId,
        options.proxy,
        options.seed,
        folds,
        dir,
        model && JSON.stringify(model),
        JSON.stringify(options),
        new Date().toISOString(),
      )
      return { scanId: Number(lastInsertRowid), dir }
    })
    .immediate()
}

/**
 * Folders of scans, relative to the project, whose fitted models can still be asked for: those of the latest finished
 * scan of each kind, and of scans at work. A stopped scan recreates its folder when it resumes.
 */
export function usedFolders(db: Database): string[] {
  const atWork = statement<{ dir: string }>(
    db,
    `SELECT s.dir FROM scans s JOIN jobs j ON j.id = s.job_id WHERE s.finished_at IS NULL AND ${AT_WORK}`,
  ).all()
  return [...latestOfEach(db), ...atWork].map(({ dir }) => dir)
}

/**
 * Folders, relative to the project, that blind tests which are over made in it and that nothing asks for any more. The jobs
 * are the record of what was made: a folder that no job of this project is named after is somebody else's.
 */
export function unusedFolders(db: Database): string[] {
  const used = new Set(usedFolders(db))
  const over = statement<{ id: string }>(db, "SELECT id FROM jobs WHERE kind IN ('scan', 'stability') AND ended_at IS NOT NULL").all()
  return over.map(({ id }) => `scans/${id}`).filter((dir) => !used.has(dir))
}

/** Stores held-out margins; the key of a score is the hash of the text that was scored. */
export function storeScores(db: Database, scanId: number, scores: readonly HeldOutScore[]): void {
  db.transaction(() => {
    const at = new Date().toISOString()
    const insert = statement(
      db,
      `INSERT OR REPLACE INTO text_scores (scan_id, pair_id, fold, margin, loss, text_hash, scored_at, images) VALUES (?, ?, ?, ?, ?, ?, ?, ${IMAGES('?')})`,
    )
    for (const { id, key, fold, margin } of scores) insert.run(scanId, id, fold, margin, softplusNeg(margin), key, at, id)
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

/** What repeating the scan with other seeds found; its report is rebuilt. */
export function storeStability(db: Database, scanId: number, found: Stability): void {
  db.transaction(() => {
    statement(db, 'UPDATE scans SET stability = ? WHERE id = ?').run(JSON.stringify(found), scanId)
    reportsChanged(db)
  }).immediate()
}

export function storeCurve(db: Database, scanId: number, points: readonly CurvePoint[]): void {
  statement(db, 'UPDATE scans SET learning_curve = ? WHERE id = ?').run(JSON.stringify(points), scanId)
}

/**
 * Deletes some scores of scans that are no longer used: older ones of a kind, and stopped ones, which score from the start
 * when they resume. Returns the number of deleted scores. The last call also deletes the stopped scans.
 */
export function dropScores(db: Database, most: number): number {
  return db
    .transaction(() => {
      const kept = latestOfEach(db).map(({ id }) => id)
      const dropped = statement<{ id: number; stopped: number }>(
        db,
        `SELECT id, finished_at IS NULL AS stopped FROM scans s WHERE id NOT IN (SELECT value FROM json_each(?))
         AND NOT EXISTS (SELECT 1 FROM jobs j WHERE j.id = s.job_id AND s.finished_at IS NULL AND ${AT_WORK})`,
      ).all(JSON.stringify(kept))
      const scores = statement(
        db,
        'DELETE FROM text_scores WHERE (scan_id, pair_id) IN (SELECT scan_id, pair_id FROM text_scores WHERE scan_id = ? LIMIT ?)',
      )
      for (const { id, stopped } of dropped) {
        const { changes } = scores.run(id, most)
        if (changes > 0) return changes
        if (stopped) statement(db, 'DELETE FROM scans WHERE id = ?').run(id)
      }
      return 0
    })
    .immediate()
}

/** From here on the scan counts: the pairs' numbers are to become its own (`auditStep`). */
export function finish(
  db: Database,
  scanId: number,
  { inSampleAccuracy, unspaced }: { inSampleAccuracy: number; unspaced: number | null },
): void {
  db.transaction(() => {
    statement(db, 'UPDATE scans SET finished_at = ?, in_sample_accuracy = ?, unspaced = ? WHERE id = ?').run(
      new Date().toISOString(),
      inSampleAccuracy,
      unspaced,
      scanId,
    )
    beginAudit(db)
  }).immediate()
}
