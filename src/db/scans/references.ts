import type { Database } from 'better-sqlite3'
import { statement } from '../statement.ts'

/** A held-out mm margin: `run` is a training run's id, or `probe:ID` of a probe. */
export type Reference = { run: string; margin: number; textHash: string }

/** Pairs with ids above `after` and up to `last`. */
export type Stretch = { after: number; last: number }

/** How the probe with this number is named where runs are. */
export const probeName = (id: number): string => `probe:${id}`

/**
 * For each pair of a stretch the margin of the latest MM-RM of its own environment that was tested on it; where there is none, that of the
 * latest probe. One that gains nothing from the image is no reference: an SFC would compare two models that read the text alone.
 */
export function heldOutReferences(db: Database, { after, last }: Stretch): Map<number, Reference> {
  const found = new Map<number, Reference>()
  const probe = statement<{ id: number; gain: number }>(db, "SELECT id, json_extract(findings, '$.imageGain.low') AS gain FROM mm_scans WHERE finished_at IS NOT NULL ORDER BY finished_at DESC, id DESC LIMIT 1").get()
  if (probe && probe.gain > 0) {
    const run = probeName(probe.id)
    const scores = statement<{ pairId: number; margin: number; textHash: string }>(
      db,
      'SELECT pair_id AS pairId, margin, text_hash AS textHash FROM mm_scores WHERE mm_scan_id = ? AND pair_id > ? AND pair_id <= ?',
    )
    for (const { pairId, margin, textHash } of scores.iterate(probe.id, after, last)) found.set(pairId, { run, margin, textHash })
  }
  const runs = statement<{ id: string; options: string }>(db, "SELECT id, options FROM runs WHERE method <> 'text-only' ORDER BY created_at, id").all()
  const tested = statement<{ pairId: number; margin: number; textHash: string }>(
    db,
    `SELECT e.pair_id AS pairId, e.mm_margin AS margin, p.text_hash AS textHash
     FROM run_eval e JOIN run_pairs p ON p.run_id = e.run_id AND p.pair_id = e.pair_id
     JOIN pair_state s ON s.pair_id = e.pair_id JOIN sources o ON o.id = s.source_id
     WHERE e.run_id = ? AND e.pair_id > ? AND e.pair_id <= ? AND e.mm_margin IS NOT NULL AND p.role = 'test' AND o.name IN (SELECT value FROM json_each(?))`,
  )
  for (const { id: run, options } of runs) {
    const { sources } = JSON.parse(options) as { sources: string[] }
    for (const { pairId, margin, textHash } of tested.all(run, after, last, JSON.stringify(sources))) found.set(pairId, { run, margin, textHash })
  }
  return found
}
