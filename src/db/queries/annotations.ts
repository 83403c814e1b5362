import type { Database } from 'better-sqlite3'
import type { z } from 'zod'
import type { annotated, annotateInput, historyEntry, PairStatus } from '../../contract/pairs.ts'
import { BlindfoldError } from '../../core/errors.ts'
import { relabel, type Texts } from '../../core/pair-status.ts'
import { textHash } from '../hash.ts'
import { statement } from '../statement.ts'

type Annotated = z.infer<typeof annotated>
type Action = z.infer<typeof historyEntry>['action']

/** The full state of a pair's label. A text is null where it is as imported. */
type State = { status: PairStatus; prompt: string | null; chosen: string | null; rejected: string | null; text_hash: string }
type Imported = Texts & { text_hash: string }
type Entry = State & { id: number; pair_id: number; reverts: number | null }

const ENTRY = 'id, pair_id, reverts, status, prompt, chosen, rejected, text_hash'

/**
 * Appends what an annotator says of a pair; see `relabel` for what it comes to.
 * @throws BlindfoldError NOT_FOUND, or INVALID_INPUT where an edit leaves nothing to prefer
 */
export function annotate(db: Database, input: z.output<typeof annotateInput>, annotator: string): Annotated {
  return db.transaction(() => {
    const imported = importedPair(db, input.pairId)
    const before = stateOf(db, imported, input.pairId, null)
    if (input.action === 'edit' && input.chosen === input.rejected) {
      throw new BlindfoldError('INVALID_INPUT', 'Both responses would be the same text.', {
        remedy: 'Change one of them, or mark the pair as a tie or discard it.',
        field: 'rejected',
      })
    }
    const current = { status: before.status, texts: present(imported, before) }
    const { status, texts } = relabel(imported, current, input)
    const state = { status, ...deviation(imported, texts), text_hash: textHash(texts.prompt, texts.chosen, texts.rejected) }
    return append(db, input.pairId, input.action, null, state, input.blind, annotator)
  }).immediate()
}

/**
 * Takes back the newest annotation that stands, on whichever pair: its state from before holds again.
 * @throws BlindfoldError NOTHING_TO_UNDO
 */
export function undo(db: Database, annotator: string): Annotated {
  return db.transaction(() => {
    const last = statement<Entry>(
      db,
      `SELECT ${ENTRY} FROM annotations a WHERE action <> 'undo'
         AND NOT EXISTS (SELECT 1 FROM annotations u WHERE u.reverts = a.id)
       ORDER BY id DESC LIMIT 1`,
    ).get()
    if (!last) throw new BlindfoldError('NOTHING_TO_UNDO', 'There is no label to take back.', { remedy: 'Label a pair first.' })
    const state = stateOf(db, importedPair(db, last.pair_id), last.pair_id, last.id)
    return append(db, last.pair_id, 'undo', last.id, state, false, annotator)
  }).immediate()
}

/**
 * Takes back the newest undo that stands, unless something was annotated since.
 * @throws BlindfoldError NOTHING_TO_REDO
 */
export function redo(db: Database, annotator: string): Annotated {
  return db.transaction(() => {
    const last = statement<Entry>(
      db,
      `SELECT ${ENTRY} FROM annotations a WHERE action = 'undo'
         AND NOT EXISTS (SELECT 1 FROM annotations r WHERE r.reverts = a.id)
         AND id > coalesce((SELECT id FROM annotations WHERE reverts IS NULL ORDER BY id DESC LIMIT 1), 0)
       ORDER BY id DESC LIMIT 1`,
    ).get()
    if (!last) {
      throw new BlindfoldError('NOTHING_TO_REDO', 'There is nothing to bring back.', { remedy: 'Only what was undone last can be redone.' })
    }
    const undone = statement<Entry>(db, `SELECT ${ENTRY} FROM annotations WHERE id = ?`).get(last.reverts)
    if (!undone) throw new Error(`annotation ${last.reverts} is missing`)
    return append(db, last.pair_id, 'redo', last.id, undone, false, annotator)
  }).immediate()
}

/** All that was said of a pair, oldest first. */
export function history(db: Database, pairId: number): z.infer<typeof historyEntry>[] {
  const rows = statement<{ id: number; action: Action; status: PairStatus; blind: 0 | 1; annotator: string; at: string }>(
    db,
    'SELECT id, action, status, blind, annotator, created_at AS at FROM annotations WHERE pair_id = ? ORDER BY id',
  ).all(pairId)
  return rows.map((row) => ({ ...row, blind: row.blind === 1 }))
}

function importedPair(db: Database, pairId: number): Imported {
  const pair = statement<Imported>(db, 'SELECT prompt, chosen, rejected, text_hash FROM pairs WHERE id = ?').get(pairId)
  if (pair) return pair
  throw new BlindfoldError('NOT_FOUND', `There is no pair ${pairId} in this project.`, { remedy: 'Look it up in the list.' })
}

/** The state that held before annotation `before`, or that holds now where null: that of the last entry on the pair. */
function stateOf(db: Database, imported: Imported, pairId: number, before: number | null): State {
  const entry = statement<Entry>(
    db,
    `SELECT ${ENTRY} FROM annotations WHERE pair_id = ? AND id < ? ORDER BY id DESC LIMIT 1`,
  ).get(pairId, before ?? Number.MAX_SAFE_INTEGER)
  return entry ?? { status: 'unreviewed', prompt: null, chosen: null, rejected: null, text_hash: imported.text_hash }
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

function append(
  db: Database,
  pairId: number,
  action: Action,
  reverts: number | null,
  { status, prompt, chosen, rejected, text_hash }: State,
  blind: boolean,
  annotator: string,
): Annotated {
  const added = statement(
    db,
    `INSERT INTO annotations (pair_id, action, reverts, status, prompt, chosen, rejected, text_hash, blind, annotator, created_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  ).run(pairId, action, reverts, status, prompt, chosen, rejected, text_hash, blind ? 1 : 0, annotator, new Date().toISOString())
  return { pairId, status, annotationId: Number(added.lastInsertRowid) }
}
