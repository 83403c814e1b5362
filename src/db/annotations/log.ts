import type { Database } from 'better-sqlite3'
import type { z } from 'zod'
import type { annotated, historyEntry, PairStatus } from '../../contract/pairs.ts'
import { BlindfoldError } from '../../core/errors.ts'
import type { Texts } from '../../core/pair-status.ts'
import { renewScores } from '../scans/audit.ts'
import { statement } from '../sqlite/statement.ts'

export type Annotated = z.infer<typeof annotated>
export type Action = z.infer<typeof historyEntry>['action']

/** The full state of a pair's label. A text is null where it is as imported. */
export type State = { status: PairStatus; prompt: string | null; chosen: string | null; rejected: string | null; text_hash: string }
export type Imported = Texts & { text_hash: string; tied: 0 | 1 }
export type Entry = State & { id: number; pair_id: number; action: Action; reverts: number | null }

/** Columns of `annotations` that make an `Entry`. */
export const ENTRY = 'id, pair_id, action, reverts, status, prompt, chosen, rejected, text_hash'

/** @throws BlindfoldError NOT_FOUND */
export function importedPair(db: Database, pairId: number): Imported {
  const pair = statement<Imported>(db, 'SELECT prompt, chosen, rejected, text_hash, tied FROM pairs WHERE id = ?').get(pairId)
  if (pair) return pair
  throw new BlindfoldError('NOT_FOUND', `Pair ${pairId} not found in this project.`, { remedy: 'Choose a pair from the list.' })
}

/** The state that held before annotation `before`, or that holds now where null: that of the last entry on the pair. */
export function stateOf(db: Database, imported: Imported, pairId: number, before: number | null): State {
  return entryBefore(db, pairId, before ?? Number.MAX_SAFE_INTEGER) ?? importedState(imported)
}

/** What a pair is before anybody has said anything of it. */
export function importedState({ tied, text_hash }: Pick<Imported, 'tied' | 'text_hash'>): State {
  return { status: tied ? 'tied' : 'unreviewed', prompt: null, chosen: null, rejected: null, text_hash }
}

/**
 * The annotation whose word holds on a pair once `last` was entered: itself, or, where it takes something back or brings
 * it back, what holds then. Null where the pair is as imported.
 */
export function standing(db: Database, last: number | null): number | null {
  for (let at = last; ;) {
    if (at === null) return null
    const entry = byId(db, at)
    if (entry.reverts === null) return entry.id
    at = entry.action === 'undo' ? (entryBefore(db, entry.pair_id, entry.reverts)?.id ?? null) : byId(db, entry.reverts).reverts
  }
}

/** The annotation whose word holds on a pair now; null where it is as imported. */
export function standingOn(db: Database, pairId: number): number | null {
  const now = statement<{ id: number | null }>(db, 'SELECT annotation_id AS id FROM pair_state WHERE pair_id = ?').get(pairId)
  return standing(db, now?.id ?? null)
}

/** @throws Error where there is none: the log is append-only */
export function byId(db: Database, id: number): Entry {
  const entry = statement<Entry>(db, `SELECT ${ENTRY} FROM annotations WHERE id = ?`).get(id)
  if (!entry) throw new Error(`annotation ${id} is missing`)
  return entry
}

function entryBefore(db: Database, pairId: number, id: number): Entry | undefined {
  return statement<Entry>(db, `SELECT ${ENTRY} FROM annotations WHERE pair_id = ? AND id < ? ORDER BY id DESC LIMIT 1`).get(pairId, id)
}

/** What is written with a state: who said it and how. `bulkId` names the action on many pairs that it is part of. */
export type Said = { action: Action; reverts: number | null; blind: boolean; annotator: string; bulkId: number | null }

/** Adds an entry; from here on its state holds on the pair, and its scores are those of the responses as they stand then. */
export function append(db: Database, pairId: number, state: State, { action, reverts, blind, annotator, bulkId }: Said): Annotated {
  const { status, prompt, chosen, rejected, text_hash } = state
  const before = statement<{ hash: string }>(db, 'SELECT text_hash AS hash FROM pair_state WHERE pair_id = ?').get(pairId)
  const added = statement(
    db,
    `INSERT INTO annotations (pair_id, action, reverts, status, prompt, chosen, rejected, text_hash, blind, annotator, created_at, bulk_id)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  ).run(pairId, action, reverts, status, prompt, chosen, rejected, text_hash, blind ? 1 : 0, annotator, new Date().toISOString(), bulkId)
  if (before?.hash !== text_hash) renewScores(db, pairId)
  return { pairId, status, annotationId: Number(added.lastInsertRowid) }
}
