import type { Database } from 'better-sqlite3'
import { statement } from '../sqlite/statement.ts'

/** The number of the source with this name, which is made where it is new. */
export function ensure(db: Database, name: string): number {
  const found = statement<{ id: number }>(db, 'SELECT id FROM sources WHERE name = ?').get(name)
  if (found) return found.id
  const made = statement(db, 'INSERT INTO sources (name, created_at) VALUES (?, ?)').run(name, new Date().toISOString())
  return Number(made.lastInsertRowid)
}

/** All sources in the order they were first imported. */
export function list(db: Database): { id: number; name: string }[] {
  return statement<{ id: number; name: string }>(db, 'SELECT id, name FROM sources ORDER BY id').all()
}
