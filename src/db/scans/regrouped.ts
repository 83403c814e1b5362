import type { Database } from 'better-sqlite3'
import { statement } from '../statement.ts'
import { reportsChanged } from './audit.ts'

/**
 * In the place of the text hash of a score in `text_scores`: the pair's group joined another one since, and a model that saw pairs of it gave the score.
 * No text has this hash, so the score is stale whatever the text is.
 */
export const REGROUPED = 'regrouped'

/**
 * Marks every score of a pair whose group is in several folds: a model that scored it was fitted on others of its group. Returns how
 * many pairs were marked.
 */
export function markRegrouped(db: Database): number {
  const pairs = statement<{ id: number }>(
    db,
    `SELECT pair_id AS id FROM pair_state WHERE fold IS NOT NULL AND scored_hash <> ? AND group_id IN (
       SELECT group_id FROM pair_state WHERE fold IS NOT NULL GROUP BY group_id HAVING min(fold) <> max(fold))`,
  ).all(REGROUPED)
  const marks = [
    'UPDATE pair_state SET scored_hash = ? WHERE pair_id = ?',
    'UPDATE text_scores SET text_hash = ? WHERE pair_id = ? AND scan_id IN (SELECT id FROM scans)',
    'UPDATE mm_scores SET text_hash = ? WHERE pair_id = ?',
  ].map((sql) => statement(db, sql))
  for (const { id } of pairs) for (const mark of marks) mark.run(REGROUPED, id)
  reportsChanged(db)
  return pairs.length
}
