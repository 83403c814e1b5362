import type { Database } from 'better-sqlite3'
import { PRIOR_MM_LOSS, quadrantOf, sfc, softplusNeg } from '../../core/losses.ts'
import { statement } from '../statement.ts'
import { latest } from './latest.ts'

type Score = { pairId: number; fold: number; margin: number; loss: number; textHash: string }
type MmScore = { runId: string; margin: number; textHash: string }

/** Key in `meta` of how often the audit numbers or the splits were written: what tells a report that it is out of date. */
export const AUDIT_COUNTER = 'audit_refreshes'

/** Every report made until now is out of date: audit numbers, or the splits that it tells apart, have changed. */
export function reportsChanged(db: Database): void {
  statement(
    db,
    "INSERT INTO meta (key, value) VALUES (?, '1') ON CONFLICT (key) DO UPDATE SET value = CAST(CAST(value AS INTEGER) + 1 AS TEXT)",
  ).run(AUDIT_COUNTER)
}

/**
 * Writes the audit numbers of every pair anew, from the latest finished scan and the MM-RMs' held-out margins: of the
 * runs that were trained on the pair's source but not on the pair, the latest one that tested the same text. Where
 * there is none, the SFC is the prior one, with L = ln 2. In one transaction; returns how many pairs have numbers.
 */
export function refreshAudit(db: Database): number {
  return db.transaction(() => {
    const scan = latest(db)
    if (!scan) return 0
    const held = heldOutMargins(db)
    const set = statement(
      db,
      `UPDATE pair_state SET scan_id = ?, scored_hash = ?, fold = ?, text_margin = ?, text_loss = ?, mm_run = ?, mm_margin = ?,
         mm_loss = ?, sfc = ?, sfc_kind = ?, quadrant = ? WHERE pair_id = ?`,
    )
    const scores = statement<Score>(
      db,
      'SELECT pair_id AS pairId, fold, margin, loss, text_hash AS textHash FROM text_scores WHERE scan_id = ?',
    ).all(scan.id)
    statement(
      db,
      `UPDATE pair_state SET scan_id = NULL, scored_hash = NULL, fold = NULL, text_margin = NULL, text_loss = NULL, mm_run = NULL,
         mm_margin = NULL, mm_loss = NULL, sfc = NULL, sfc_kind = NULL, quadrant = NULL
       WHERE scan_id IS NOT NULL AND pair_id NOT IN (SELECT pair_id FROM text_scores WHERE scan_id = ?)`,
    ).run(scan.id)
    for (const { pairId, fold, margin, loss, textHash } of scores) {
      const found = held.get(pairId)
      const mm = found?.textHash === textHash ? found : null
      const mmLoss = mm && softplusNeg(mm.margin)
      set.run(
        scan.id,
        textHash,
        fold,
        margin,
        loss,
        mm?.runId ?? null,
        mm?.margin ?? null,
        mmLoss,
        sfc(mmLoss ?? PRIOR_MM_LOSS, loss),
        mm ? 'audit' : 'prior',
        quadrantOf(margin, mm?.margin ?? null),
        pairId,
      )
    }
    reportsChanged(db)
    return scores.length
  }).immediate()
}

/** For each pair the margin of the latest MM-RM of its own environment that was tested on it. */
function heldOutMargins(db: Database): Map<number, MmScore> {
  const found = new Map<number, MmScore>()
  const runs = statement<{ id: string; options: string }>(db, "SELECT id, options FROM runs WHERE method <> 'text-only' ORDER BY created_at, id").all()
  const tested = statement<{ pairId: number; margin: number; textHash: string }>(
    db,
    `SELECT e.pair_id AS pairId, e.mm_margin AS margin, p.text_hash AS textHash
     FROM run_eval e JOIN run_pairs p ON p.run_id = e.run_id AND p.pair_id = e.pair_id
     JOIN pair_state s ON s.pair_id = e.pair_id JOIN sources o ON o.id = s.source_id
     WHERE e.run_id = ? AND e.mm_margin IS NOT NULL AND p.role = 'test' AND o.name IN (SELECT value FROM json_each(?))`,
  )
  for (const { id: runId, options } of runs) {
    const { sources } = JSON.parse(options) as { sources: string[] }
    for (const { pairId, margin, textHash } of tested.all(runId, JSON.stringify(sources))) found.set(pairId, { runId, margin, textHash })
  }
  return found
}
