import type { Database } from 'better-sqlite3'
import type { z } from 'zod'
import type { annotateInput, historyEntry, PairStatus } from '../../contract/pairs.ts'
import { BlindfoldError } from '../../core/errors.ts'
import { relabel, type Texts } from '../../core/pair-status.ts'
import {
  append,
  byId,
  ENTRY,
  importedPair,
  standing,
  standingOn,
  stateOf,
  type Action,
  type Annotated,
  type Entry,
  type State,
} from './log.ts'
import { textHash } from '../pairs/hash.ts'
import { statement } from '../sqlite/statement.ts'

/**
 * Appends what an annotator says of a pair; see `relabel` for what it comes to.
 * @throws BlindfoldError NOT_FOUND, or INVALID_INPUT where an edit leaves nothing to prefer
 */
export function annotate(db: Database, input: z.output<typeof annotateInput>, annotator: string): Annotated {
  return db
    .transaction(() => {
      const imported = importedPair(db, input.pairId)
      const before = stateOf(db, imported, input.pairId, null)
      if (input.action === 'edit' && input.chosen === input.rejected) {
        throw new BlindfoldError('INVALID_INPUT', 'Both responses would be the same text.', {
          remedy: 'Change one of them, or tie or discard the pair.',
          field: 'rejected',
        })
      }
      const current = { status: before.status, texts: present(imported, before) }
      const { status, texts } = relabel(imported, current, input)
      const state = { status, ...deviation(imported, texts), text_hash: textHash(texts.prompt, texts.chosen, texts.rejected) }
      return append(db, input.pairId, state, { action: input.action, reverts: null, blind: input.blind, annotator, bulkId: null })
    })
    .immediate()
}

/**
 * Takes back the newest annotation that stands, on whichever pair: its state from before holds again. Bulk actions are
 * taken back as a whole, not here, and what they cover stays until then. Labels that an import brought along are nobody's here.
 * @throws BlindfoldError NOTHING_TO_UNDO
 */
export function undo(db: Database, annotator: string): Annotated {
  return db
    .transaction(() => {
      const last = newest(
        db,
        `SELECT ${ENTRY} FROM annotations a INDEXED BY annotations_single WHERE bulk_id IS NULL AND restored = 0 AND action <> 'undo'
         AND NOT EXISTS (SELECT 1 FROM annotations u WHERE u.reverts = a.id)`,
      )
      if (!last) throw new BlindfoldError('NOTHING_TO_UNDO', 'There is no label to undo.', { remedy: 'Label a pair first.' })
      const state = stateOf(db, importedPair(db, last.pair_id), last.pair_id, last.id)
      return append(db, last.pair_id, state, { action: 'undo', reverts: last.id, blind: false, annotator, bulkId: null })
    })
    .immediate()
}

/**
 * Takes back the newest undo that stands, unless something was annotated since.
 * @throws BlindfoldError NOTHING_TO_REDO
 */
export function redo(db: Database, annotator: string): Annotated {
  return db
    .transaction(() => {
      const last = newest(
        db,
        `SELECT ${ENTRY} FROM annotations a INDEXED BY annotations_single WHERE bulk_id IS NULL AND restored = 0 AND action = 'undo'
         AND NOT EXISTS (SELECT 1 FROM annotations r WHERE r.reverts = a.id)
         AND id > coalesce((SELECT id FROM annotations INDEXED BY annotations_single WHERE bulk_id IS NULL AND restored = 0 AND reverts IS NULL
                            ORDER BY id DESC LIMIT 1), 0)`,
      )
      if (last?.reverts == null) {
        throw new BlindfoldError('NOTHING_TO_REDO', 'There is no undone label to redo.', {
          remedy: 'Only the last undone label can be redone.',
        })
      }
      const undone = byId(db, last.reverts)
      return append(db, last.pair_id, undone, { action: 'redo', reverts: last.id, blind: false, annotator, bulkId: null })
    })
    .immediate()
}

/** The newest of the entries that `sql` finds whose word holds on its pair: not one that a bulk action has covered since. */
function newest(db: Database, sql: string): Entry | null {
  for (let below = Number.MAX_SAFE_INTEGER; ;) {
    const found = statement<Entry>(db, `${sql} AND a.id < ? ORDER BY a.id DESC LIMIT 1`).get(below)
    if (!found || standsOn(db, found)) return found ?? null
    below = found.id
  }
}

const standsOn = (db: Database, entry: Entry): boolean => standingOn(db, entry.pair_id) === standing(db, entry.id)

/** All that was said of a pair, oldest first. */
export function history(db: Database, pairId: number): z.infer<typeof historyEntry>[] {
  const rows = statement<{ id: number; action: Action; status: PairStatus; blind: 0 | 1; annotator: string; at: string }>(
    db,
    'SELECT id, action, status, blind, annotator, created_at AS at FROM annotations WHERE pair_id = ? ORDER BY id',
  ).all(pairId)
  return rows.map((row) => ({ ...row, blind: row.blind === 1 }))
}

function present(imported: Texts, state: State): Texts {
  return {
    prompt: state.prompt ?? imported.prompt,
    chosen: state.chosen ?? imported.chosen,
    rejected: state.rejected ?? imported.rejected,
  }
}

function deviation(imported: Texts, texts: Texts): Pick<State, keyof Texts> {
  const changed = (name: keyof Texts) => (texts[name] === imported[name] ? null : texts[name])
  return { prompt: changed('prompt'), chosen: changed('chosen'), rejected: changed('rejected') }
}
