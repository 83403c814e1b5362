import type { Database } from 'better-sqlite3'
import type { BulkAction } from '../../contract/curation.ts'
import { append, importedPair, standingOn, stateOf } from '../annotations/log.ts'
import { ensure, forgetUnused, idOf, putOn, takeOff } from '../tags/queries.ts'
import { reportsChanged } from '../scans/audit.ts'
import { statement } from '../sqlite/statement.ts'
import { actionOf, refuseUndone, setState } from './bulk-actions.ts'
import { setSplit, splitOf } from './apply.ts'

/** `next` is where to go on, null at the end. `kept`: pairs that somebody has changed in that respect since. */
export type TakenBack = { next: number | null; undone: number; kept: number }

type Item = { pair_id: number; previous: string | null }

/**
 * Takes an action back on its next pairs, those with ids above `after`, at most `limit`, in one transaction. What is
 * known of the pair otherwise, and what others have changed since, stays. Behind the last pair the action is undone.
 *
 * @throws BlindfoldError NOT_FOUND, or JOB_STATE where it was taken back before
 */
export function takeBack(db: Database, id: number, after: number, limit: number, annotator: string): TakenBack {
  return db
    .transaction(() => {
      const { change, state } = actionOf(db, id)
      refuseUndone(id, state)
      const items = statement<Item>(
        db,
        "SELECT pair_id, previous FROM bulk_items WHERE bulk_id = ? AND pair_id > ? AND state = 'changed' ORDER BY pair_id LIMIT ?",
      ).all(id, after, limit)
      const mark = statement(db, "UPDATE bulk_items SET state = 'undone' WHERE bulk_id = ? AND pair_id = ?")
      const undo = undoer(db, id, change, annotator)
      let undone = 0
      for (const item of items) {
        if (!undo(item)) continue
        mark.run(id, item.pair_id)
        undone += 1
      }
      if (change.action === 'set-split' && undone > 0) reportsChanged(db)
      const last = items.length < limit ? undefined : items.at(-1)
      if (!last) {
        setState(db, id, 'undone')
        const tag = change.action === 'tag' ? idOf(db, change.tag) : null
        if (tag !== null) forgetUnused(db, tag)
      }
      return { next: last?.pair_id ?? null, undone, kept: items.length - undone }
    })
    .immediate()
}

/** Takes the action back on one pair; false where it was changed in that respect since. */
function undoer(db: Database, id: number, change: BulkAction, annotator: string): (item: Item) => boolean {
  switch (change.action) {
    case 'discard':
      return ({ pair_id: pairId }) => {
        const own = statement<{ id: number }>(
          db,
          "SELECT id FROM annotations WHERE pair_id = ? AND bulk_id = ? AND action = 'discard' ORDER BY id DESC LIMIT 1",
        ).get(pairId, id)
        if (!own || standingOn(db, pairId) !== own.id) return false
        const before = stateOf(db, importedPair(db, pairId), pairId, own.id)
        append(db, pairId, before, { action: 'undo', reverts: own.id, blind: false, annotator, bulkId: id })
        return true
      }
    case 'tag': {
      const tag = idOf(db, change.tag)
      return ({ pair_id }) => tag !== null && takeOff(db, tag, pair_id)
    }
    case 'untag': {
      const tag = ensure(db, change.tag)
      return ({ pair_id }) => putOn(db, tag, pair_id)
    }
    case 'set-split':
      return ({ pair_id, previous }) => {
        if (splitOf(db, pair_id) !== change.split) return false
        setSplit(db, pair_id, previous ?? '')
        return true
      }
  }
}
