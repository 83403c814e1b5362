import type { Database } from 'better-sqlite3'
import { textHash } from '../pairs/hash.ts'
import type { NewPair } from '../pairs/batch.ts'
import { statement } from '../sqlite/statement.ts'

/**
 * Appends what was said of a pair elsewhere, in its order and with its times; the last entry's state holds from then on. Undo
 * leaves these alone.
 * An undo or redo of an entry that is not before it cannot have been written by Blindfold and is refused.
 *
 * @throws Error
 */
export function restoreHistory(db: Database, pairId: number, pair: Pick<NewPair, 'prompt' | 'chosen' | 'rejected' | 'history'>): void {
  const add = statement(
    db,
    `INSERT INTO annotations (pair_id, action, reverts, status, prompt, chosen, rejected, text_hash, blind, annotator, created_at, restored)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)`,
  )
  const ids: (number | bigint)[] = []
  for (const { action, reverts, status, prompt, chosen, rejected, blind, annotator, at } of pair.history) {
    const reverted = reverts === null ? null : ids[reverts]
    if (reverted === undefined) throw new Error(`an annotation of pair ${pairId} takes back one that is not before it`)
    const hash = textHash(prompt ?? pair.prompt, chosen ?? pair.chosen, rejected ?? pair.rejected)
    const added = add.run(pairId, action, reverted, status, prompt, chosen, rejected, hash, blind ? 1 : 0, annotator, at)
    ids.push(added.lastInsertRowid)
  }
}
