import type { Database } from 'better-sqlite3'
import { REGROUPED } from '../../core/identity.ts'
import { statement } from '../statement.ts'
import { reportsChanged } from './audit.ts'

/**
 * Marks every score of a pair whose group is in several folds: a model that scored it was fitted on others of its group. Returns how
 * many pairs were marked.
 */
export function markRegrouped(db: Database): number {
  const pairs = statement<{ id: number }>(
    db,
    `SELECT s.pair_id AS id FROM pair_state s JOIN text_scores t ON t.scan_id = s.scan_id AND t.pair_id = s.pair_id
     WHERE t.text_hash <> ? AND s.group_id IN (
       SELECT group_id FROM pair_state WHERE fold IS NOT NULL GROUP BY group_id HAVING min(fold) <> max(fold))`,
  ).all(REGROUPED)
  const stale = statement(db, 'UPDATE pair_state SET stale = 1 WHERE pair_id = ?')
  const marks = [
    'UPDATE text_scores SET text_hash = ? WHERE pair_id = ? AND scan_id IN (SELECT id FROM scans)',
    'UPDATE mm_scores SET text_hash = ? WHERE pair_id = ?',
  ].map((sql) => statement(db, sql))
  for (const { id } of pairs) {
    for (const mark of marks) mark.run(REGROUPED, id)
    stale.run(id)
  }
  reportsChanged(db)
  return pairs.length
}
