import type { Database } from 'better-sqlite3'
import { probeFindings, type ProbeFindings, type ProbeReport } from '../../contract/probe.ts'
import type { ProbeScore } from '../../protocols/probe-process.ts'
import { modelProvenance, type ModelProvenance } from '../../contract/proxies.ts'
import { statement } from '../sqlite/statement.ts'
import { storedJson } from '../sqlite/stored-json.ts'
import { beginAudit } from './audit.ts'
import { IMAGES } from './references.ts'

/** Begins a probe; what an earlier try of the same job left is removed. */
export function createProbe(
  db: Database,
  { jobId, model, seed, folds }: { jobId: string; model: ModelProvenance | null; seed: number; folds: number },
): number {
  return db
    .transaction(() => {
      statement(db, 'DELETE FROM mm_scans WHERE job_id = ? AND finished_at IS NULL').run(jobId)
      const { lastInsertRowid } = statement(db, 'INSERT INTO mm_scans (job_id, model, seed, folds, created_at) VALUES (?, ?, ?, ?, ?)').run(
        jobId,
        model && JSON.stringify(model),
        seed,
        folds,
        new Date().toISOString(),
      )
      return Number(lastInsertRowid)
    })
    .immediate()
}

/** Stores held-out margins; the key of a score is the hash of the text that was scored. */
export function storeProbeScores(db: Database, probeId: number, scores: readonly ProbeScore[]): void {
  db.transaction(() => {
    const at = new Date().toISOString()
    const insert = statement(
      db,
      `INSERT INTO mm_scores (mm_scan_id, pair_id, fold, margin, blank_margin, swapped_margin, text_hash, scored_at, images)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ${IMAGES('?')})`,
    )
    for (const { id, key, fold, margin, blank, swapped } of scores) insert.run(probeId, id, fold, margin, blank, swapped, key, at, id)
  }).immediate()
}

/** From here on the probe counts; the ones before it go. The pairs' audit numbers are then rewritten (`auditStep`). */
export function finishProbe(db: Database, probeId: number, findings: ProbeFindings): void {
  db.transaction(() => {
    statement(db, 'UPDATE mm_scans SET finished_at = ?, findings = ? WHERE id = ?').run(
      new Date().toISOString(),
      JSON.stringify(findings),
      probeId,
    )
    statement(db, 'DELETE FROM mm_scans WHERE id < ?').run(probeId)
    beginAudit(db)
  }).immediate()
}

/** Null before the first finished probe. */
export function latestProbe(db: Database): ProbeReport | null {
  const row = statement<{ id: number; model: string | null; seed: number; folds: number; findings: string; scoredAt: string }>(
    db,
    'SELECT id, model, seed, folds, findings, finished_at AS scoredAt FROM mm_scans WHERE finished_at IS NOT NULL ORDER BY finished_at DESC, id DESC LIMIT 1',
  ).get()
  if (!row) return null
  const { id, model, findings, ...rest } = row
  return {
    probeId: id,
    model: model === null ? null : storedJson(modelProvenance, model, 'mm_scans.model'),
    ...storedJson(probeFindings, findings, 'mm_scans.findings'),
    ...rest,
  }
}
