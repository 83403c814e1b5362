import type { Database } from 'better-sqlite3'
import { pairFilter, type PairFilter } from '../../contract/pairs.ts'
import { BlindfoldError } from '../../core/errors.ts'
import { statement } from '../sqlite/statement.ts'
import { storedJson } from '../sqlite/stored-json.ts'

/** A filter kept under a name. How many pairs it has is counted by whoever shows it. */
export type StoredSlice = { id: number; name: string; filter: PairFilter; createdAt: string }

type Row = { id: number; name: string; filter: string; createdAt: string }

const COLUMNS = 'id, name, filter, created_at AS createdAt'

/** By name. */
export function list(db: Database): StoredSlice[] {
  return statement<Row>(db, `SELECT ${COLUMNS} FROM slices ORDER BY name`).all().map(fromRow)
}

/** Makes a slice, or gives the one of that name another filter. */
export function save(db: Database, name: string, filter: PairFilter): StoredSlice {
  const row = statement<Row>(
    db,
    `INSERT INTO slices (name, filter, created_at) VALUES (?, ?, ?)
     ON CONFLICT (name) DO UPDATE SET filter = excluded.filter RETURNING ${COLUMNS}`,
  ).get(name, JSON.stringify(filter), new Date().toISOString())
  if (!row) throw new Error('the slice was not written')
  return fromRow(row)
}

/** @throws BlindfoldError NOT_FOUND, or INVALID_INPUT where another slice has the name */
export function rename(db: Database, id: number, name: string): StoredSlice {
  return db
    .transaction(() => {
      if (statement(db, 'SELECT 1 FROM slices WHERE name = ? AND id <> ?').get(name, id)) {
        throw new BlindfoldError('INVALID_INPUT', `A slice “${name}” already exists.`, { remedy: 'Choose another name.', field: 'name' })
      }
      const row = statement<Row>(db, `UPDATE slices SET name = ? WHERE id = ? RETURNING ${COLUMNS}`).get(name, id)
      if (!row) throw notFound(id)
      return fromRow(row)
    })
    .immediate()
}

/** The pairs stay as they are. @throws BlindfoldError NOT_FOUND */
export function remove(db: Database, id: number): void {
  if (statement(db, 'DELETE FROM slices WHERE id = ?').run(id).changes === 0) throw notFound(id)
}

const fromRow = (row: Row): StoredSlice => ({ ...row, filter: storedJson(pairFilter, row.filter, 'slices.filter') })

const notFound = (id: number) =>
  new BlindfoldError('NOT_FOUND', `Slice ${id} not found in this project.`, { remedy: 'Choose a slice from the list of slices.' })
