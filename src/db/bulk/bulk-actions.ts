import type { Database } from 'better-sqlite3'
import { bulkAction, type BulkAction, type BulkEntry } from '../../contract/curation.ts'
import type { PairFilter } from '../../contract/pairs.ts'
import { BlindfoldError } from '../../core/errors.ts'
import { addFilter, addRanges, Conditions } from '../pairs/filter.ts'
import { statement } from '../sqlite/statement.ts'
import { storedJson } from '../sqlite/stored-json.ts'

export type BulkState = BulkEntry['state']

/** A bulk action as it stands. Once pairs of it are `done`, its pairs are fixed. `lastPair` is the highest id there is. */
export type BulkProgress = { id: number; done: number; lastPair: number }

/** The action of this job, made where it is new. */
export function begin(db: Database, jobId: string, change: BulkAction, annotator: string): BulkProgress {
  return db
    .transaction(() => {
      const known = statement<{ id: number }>(db, 'SELECT id FROM bulk_actions WHERE job_id = ?').get(jobId)
      const id = known?.id ?? make(db, jobId, change, annotator)
      const counts = statement<{ done: number; lastPair: number }>(
        db,
        `SELECT (SELECT count(*) FROM bulk_items WHERE bulk_id = ? AND state <> 'waiting') AS done,
                (SELECT coalesce(max(id), 0) FROM pairs) AS lastPair`,
      ).get(id)
      return { id, done: counts?.done ?? 0, lastPair: counts?.lastPair ?? 0 }
    })
    .immediate()
}

function make(db: Database, jobId: string, change: BulkAction, annotator: string): number {
  const made = statement(db, "INSERT INTO bulk_actions (job_id, change, annotator, state, created_at) VALUES (?, ?, ?, 'partial', ?)").run(
    jobId,
    JSON.stringify(change),
    annotator,
    new Date().toISOString(),
  )
  return Number(made.lastInsertRowid)
}

/**
 * Fixes the pairs of an action that has not begun yet, those with ids above `after` and up to `last`: all of them that
 * the filter has now. Gives how many they are.
 */
export function select(db: Database, id: number, filter: PairFilter, after: number, last: number): number {
  return db
    .transaction(() => {
      statement(db, 'DELETE FROM bulk_items WHERE bulk_id = ? AND pair_id > ? AND pair_id <= ?').run(id, after, last)
      const conditions = new Conditions()
      conditions.addCondition('s.pair_id > ? AND s.pair_id <= ?', after, last)
      addFilter(db, conditions, filter, { residual: true })
      addRanges(conditions, filter, () => true)
      const sql = `INSERT INTO bulk_items (bulk_id, pair_id, state) SELECT ?, s.pair_id, 'waiting' FROM pair_state s NOT INDEXED ${conditions.where}`
      return statement(db, sql).run(id, ...conditions.parameters).changes
    })
    .immediate()
}

/** The newest first, at most 50. An action that has not changed anything yet is left out. */
export function list(db: Database): BulkEntry[] {
  const rows = statement<Omit<BulkEntry, 'action'> & { change: string }>(
    db,
    `SELECT id, job_id AS jobId, change, annotator, pairs, state, created_at AS createdAt FROM bulk_actions
     WHERE state <> 'partial' OR pairs > 0 ORDER BY id DESC LIMIT 50`,
  ).all()
  return rows.map(({ change, ...row }) => ({ ...row, action: storedJson(bulkAction, change, 'bulk_actions.change') }))
}

/** @throws BlindfoldError NOT_FOUND */
export function actionOf(db: Database, id: number): { change: BulkAction; annotator: string; pairs: number; state: BulkState } {
  const row = statement<{ change: string; annotator: string; pairs: number; state: BulkState }>(
    db,
    'SELECT change, annotator, pairs, state FROM bulk_actions WHERE id = ?',
  ).get(id)
  if (row) return { ...row, change: storedJson(bulkAction, row.change, 'bulk_actions.change') }
  throw new BlindfoldError('NOT_FOUND', `Bulk action ${id} not found in this project.`, {
    remedy: 'Choose one from the list of bulk actions.',
  })
}

/** How many pairs taking an action back is about. @throws BlindfoldError NOT_FOUND, or JOB_STATE where that was done before */
export function undoable(db: Database, id: number): { pairs: number } {
  const { state, pairs } = actionOf(db, id)
  refuseUndone(id, state)
  return { pairs }
}

/** @throws BlindfoldError JOB_STATE where it was taken back */
export function refuseUndone(id: number, state: BulkState): void {
  if (state !== 'undone') return
  throw new BlindfoldError('JOB_STATE', `Bulk action ${id} has been undone.`, { remedy: 'Start a new one.' })
}

export function setState(db: Database, id: number, state: BulkState): void {
  statement(db, 'UPDATE bulk_actions SET state = ? WHERE id = ?').run(state, id)
}
