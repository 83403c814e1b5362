import type { Database } from 'better-sqlite3'
import { BlindfoldError } from '../../core/errors.ts'
import { statement } from '../sqlite/statement.ts'

/** Takes tags off a pair and puts others on; gives those it has then, by name. @throws BlindfoldError NOT_FOUND */
export function change(db: Database, pairId: number, { add, remove }: { add: readonly string[]; remove: readonly string[] }): string[] {
  return db
    .transaction(() => {
      if (!statement(db, 'SELECT 1 FROM pairs WHERE id = ?').get(pairId)) {
        throw new BlindfoldError('NOT_FOUND', `Pair ${pairId} not found in this project.`, { remedy: 'Choose a pair from the list.' })
      }
      for (const name of remove) {
        const tag = idOf(db, name)
        if (tag === null) continue
        takeOff(db, tag, pairId)
        forgetUnused(db, tag)
      }
      for (const name of add) putOn(db, ensure(db, name), pairId)
      return ofPair(db, pairId)
    })
    .immediate()
}

/** The tags of a pair, by name. */
export function ofPair(db: Database, pairId: number): string[] {
  return statement<{ name: string }>(
    db,
    'SELECT t.name FROM pair_tags p CROSS JOIN tags t ON t.id = p.tag_id WHERE p.pair_id = ? ORDER BY t.name',
  )
    .all(pairId)
    .map(({ name }) => name)
}

/** The number of the tag of that name, null where there is none. */
export function idOf(db: Database, name: string): number | null {
  return statement<{ id: number }>(db, 'SELECT id FROM tags WHERE name = ?').get(name)?.id ?? null
}

/** The number of the tag of that name, made where there is none. */
export function ensure(db: Database, name: string): number {
  return idOf(db, name) ?? Number(statement(db, 'INSERT INTO tags (name) VALUES (?)').run(name).lastInsertRowid)
}

/** Whether the pair did not have the tag before. */
export function putOn(db: Database, tag: number, pairId: number): boolean {
  return statement(db, 'INSERT INTO pair_tags (tag_id, pair_id) VALUES (?, ?) ON CONFLICT DO NOTHING').run(tag, pairId).changes > 0
}

/** Whether the pair had the tag before. */
export function takeOff(db: Database, tag: number, pairId: number): boolean {
  return statement(db, 'DELETE FROM pair_tags WHERE tag_id = ? AND pair_id = ?').run(tag, pairId).changes > 0
}

/** A tag that no pair has is no tag. */
export function forgetUnused(db: Database, tag: number): void {
  statement(db, 'DELETE FROM tags WHERE id = ? AND NOT EXISTS (SELECT 1 FROM pair_tags WHERE tag_id = tags.id)').run(tag)
}
