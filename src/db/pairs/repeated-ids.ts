import type { Database } from 'better-sqlite3'
import { statement } from '../sqlite/statement.ts'
import { storedMetadata } from '../sqlite/stored-json.ts'

/** Where an id tells pairs apart. */
type Scope = { sourceId: number; split: string }

/** Whether several pairs of the source and split are known to state the id. */
export function isRepeated(db: Database, { sourceId, split }: Scope, externalId: string): boolean {
  return (
    statement(db, 'SELECT 1 FROM repeated_ids WHERE source_id = ? AND split = ? AND external_id = ?').get(sourceId, split, externalId) !==
    undefined
  )
}

/**
 * Notes that another pair states the id of one that is there: it tells neither from the other, so the pair that has it keeps it as
 * metadata, as all others do. Gives how many pairs lost theirs.
 */
export function repeat(db: Database, { sourceId, split }: Scope, externalId: string): number {
  statement(db, 'INSERT OR IGNORE INTO repeated_ids (source_id, split, external_id) VALUES (?, ?, ?)').run(sourceId, split, externalId)
  const holder = statement<{ id: number; metadata: string }>(
    db,
    'SELECT id, metadata FROM pairs WHERE source_id = ? AND split = ? AND external_id = ?',
  ).get(sourceId, split, externalId)
  if (!holder) return 0
  return statement(db, 'UPDATE pairs SET external_id = NULL, metadata = ? WHERE id = ?').run(withId(holder.metadata, externalId), holder.id)
    .changes
}

/** Metadata, in JSON, with an id that tells no pair from another: as `id`, or the next name that is free. */
export function withId(metadata: string, externalId: string): string {
  const fields = storedMetadata(metadata)
  let name = 'id'
  for (let n = 2; Object.hasOwn(fields, name) && fields[name] !== externalId; n++) name = `id ${n}`
  return JSON.stringify({ [name]: externalId, ...fields })
}
