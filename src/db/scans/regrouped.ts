import type { Database } from 'better-sqlite3'
import { REGROUPED } from '../../core/identity.ts'
import { statement } from '../sqlite/statement.ts'
import { renewScores, reportsChanged } from './audit.ts'

/**
 * Marks every score that is no longer held out: by scan and by probe those of pairs whose group is in several of its folds, and by run the
 * test pairs whose group includes one that it trained on. The marked pairs' audit numbers follow at once. Returns how many pairs were marked.
 */
export function markRegrouped(db: Database): number {
  const marked = new Set<number>()
  for (const [table, set] of [
    ['text_scores', 'scan_id'],
    ['mm_scores', 'mm_scan_id'],
  ] as const) {
    const ids = statement<{ id: number }>(db, `SELECT id FROM ${table === 'text_scores' ? 'scans' : 'mm_scans'}`).all()
    const split = statement<{ id: number }>(
      db,
      `SELECT t.pair_id AS id FROM ${table} t JOIN pair_state s ON s.pair_id = t.pair_id WHERE t.${set} = @id AND t.text_hash <> @mark AND s.group_id IN (
         SELECT s.group_id FROM ${table} t JOIN pair_state s ON s.pair_id = t.pair_id WHERE t.${set} = @id GROUP BY s.group_id HAVING min(t.fold) <> max(t.fold))`,
    )
    const mark = statement(db, `UPDATE ${table} SET text_hash = @mark WHERE ${set} = @id AND pair_id = @pair`)
    for (const { id } of ids) {
      for (const { id: pair } of split.all({ id, mark: REGROUPED })) {
        mark.run({ id, pair, mark: REGROUPED })
        marked.add(pair)
      }
    }
  }
  for (const pair of markRuns(db)) marked.add(pair)
  for (const pair of marked) renewScores(db, pair)
  reportsChanged(db)
  return marked.size
}

function markRuns(db: Database): number[] {
  const trainedOn = statement<{ id: number }>(
    db,
    `SELECT r.pair_id AS id FROM run_pairs r JOIN pair_state s ON s.pair_id = r.pair_id WHERE r.run_id = @run AND r.role = 'test' AND r.regrouped = 0 AND s.group_id IN (
       SELECT s.group_id FROM run_pairs r JOIN pair_state s ON s.pair_id = r.pair_id WHERE r.run_id = @run AND r.role = 'train')`,
  )
  const mark = statement(db, 'UPDATE run_pairs SET regrouped = 1 WHERE run_id = ? AND pair_id = ?')
  return statement<{ id: string }>(db, 'SELECT id FROM runs')
    .all()
    .flatMap(({ id: run }) =>
      trainedOn.all({ run }).map(({ id }) => {
        mark.run(run, id)
        return id
      }),
    )
}
