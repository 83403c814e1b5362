import type { Database } from 'better-sqlite3'
import type { BulkAction } from '../../contract/curation.ts'
import { append, importedPair, stateOf } from '../annotations/log.ts'
import { ensure, forgetUnused, idOf, putOn, takeOff } from '../tags/queries.ts'
import { reportsChanged } from '../scans/audit.ts'
import { statement } from '../sqlite/statement.ts'
import { actionOf, refuseUndone, setState } from './bulk-actions.ts'

/** What became of a pair. `previous` is the split that it had, where that changed. */
type Outcome = { state: 'changed' | 'unchanged'; previous?: string }

/**
 * Changes the next pairs of an action, at most `limit`, and marks them as done, in one transaction: a killed job leaves
 * whole stretches. Gives how many were done, and how many the action has changed in all; it is over where none are left.
 *
 * @throws BlindfoldError JOB_STATE where the action has been taken back in the meantime
 */
export function apply(db: Database, id: number, limit: number): { done: number; changed: number; over: boolean } {
  return db
    .transaction(() => {
      const { change, annotator, state } = actionOf(db, id)
      refuseUndone(id, state)
      const pairs = statement<{ id: number }>(
        db,
        "SELECT pair_id AS id FROM bulk_items INDEXED BY bulk_items_waiting WHERE bulk_id = ? AND state = 'waiting' ORDER BY pair_id LIMIT ?",
      ).all(id, limit)
      const mark = statement(db, 'UPDATE bulk_items SET state = ?, previous = ? WHERE bulk_id = ? AND pair_id = ?')
      const act = actor(db, id, change, annotator)
      let changed = 0
      for (const pair of pairs) {
        const outcome = act(pair.id)
        if (outcome.state === 'changed') changed += 1
        mark.run(outcome.state, outcome.previous ?? null, id, pair.id)
      }
      const total = statement<{ pairs: number }>(db, 'UPDATE bulk_actions SET pairs = pairs + ? WHERE id = ? RETURNING pairs').get(
        changed,
        id,
      )
      if (change.action === 'set-split' && changed > 0) reportsChanged(db)
      const over = pairs.length < limit
      if (over) {
        setState(db, id, 'done')
        const tag = change.action === 'untag' ? idOf(db, change.tag) : null
        if (tag !== null) forgetUnused(db, tag)
      }
      return { done: pairs.length, changed: total?.pairs ?? 0, over }
    })
    .immediate()
}

function actor(db: Database, id: number, change: BulkAction, annotator: string): (pairId: number) => Outcome {
  const outcome = (changed: boolean): Outcome => ({ state: changed ? 'changed' : 'unchanged' })
  switch (change.action) {
    case 'discard':
      return (pairId) => {
        const before = stateOf(db, importedPair(db, pairId), pairId, null)
        if (before.status === 'discarded') return outcome(false)
        append(db, pairId, { ...before, status: 'discarded' }, { action: 'discard', reverts: null, blind: false, annotator, bulkId: id })
        return outcome(true)
      }
    case 'tag': {
      const tag = ensure(db, change.tag)
      return (pairId) => outcome(putOn(db, tag, pairId))
    }
    case 'untag': {
      const tag = idOf(db, change.tag)
      return (pairId) => outcome(tag !== null && takeOff(db, tag, pairId))
    }
    case 'set-split':
      return (pairId) => {
        const previous = splitOf(db, pairId)
        if (previous === change.split) return outcome(false)
        setSplit(db, pairId, change.split)
        return { state: 'changed', previous }
      }
  }
}

export function splitOf(db: Database, pairId: number): string {
  return statement<{ split: string }>(db, 'SELECT split FROM pair_state WHERE pair_id = ?').get(pairId)?.split ?? ''
}

export function setSplit(db: Database, pairId: number, split: string): void {
  statement(db, 'UPDATE pair_state SET split = ? WHERE pair_id = ?').run(split, pairId)
}
