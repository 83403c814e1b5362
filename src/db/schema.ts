import Sqlite, { type Database } from 'better-sqlite3'
import { BlindfoldError } from '../core/errors.ts'
import { initialise } from './migrate.ts'
import { migrations } from './migrations/index.ts'
import type { Migration } from './migrations/migration.ts'

/** What is read before the schema is known calls nothing that the schema names, and no page is taken at its word. */
export function distrust(db: Database): void {
  db.pragma('trusted_schema = OFF')
  db.pragma('cell_size_check = ON')
}

/** Looks through all pages and constraints of a database that came from elsewhere. @throws BlindfoldError PROJECT_CORRUPT */
export function checkPages(db: Database, file: string): void {
  const found = db.pragma('quick_check(1)', { simple: true })
  if (found === 'ok') return
  throw new BlindfoldError('PROJECT_CORRUPT', `The project database is damaged: ${String(found)}`, {
    remedy: 'Ask whoever sent it for another copy, or restore project.db from the backups folder.',
    file,
  })
}

/** Tables that SQLite itself keeps its statistics in. */
const STATISTICS = /^sqlite_stat[1-4]$/

type Entry = { type: string; name: string; tbl_name: string; sql: string | null }

const expected = new Map<string, Map<string, Entry>>()

/**
 * Refuses a database whose schema is not the one that Blindfold made, before any of it is used. A trigger or view would
 * run at our own queries, and a changed table would let values in that no query expects.
 *
 * @param known the migrations of which the database has the first `version`
 * @throws BlindfoldError PROJECT_UNSAFE, which names what differs
 */
export function checkSchema(db: Database, { file, version, known = migrations }: { file: string; version: number; known?: readonly Migration[] }): void {
  const wanted = schemaOf(known.slice(0, version))
  const found = entries(db)
  const differing = [
    ...[...found].filter(([key, { name, sql }]) => !STATISTICS.test(name) && wanted.get(key)?.sql !== sql).map(([key, entry]) => inWords(entry, wanted.has(key) ? 'changed' : 'foreign')),
    ...[...wanted].filter(([key]) => !found.has(key)).map(([, entry]) => inWords(entry, 'missing')),
  ]
  if (differing.length === 0) return
  throw new BlindfoldError('PROJECT_UNSAFE', `The project database is not as Blindfold made it: ${differing.slice(0, 5).join(', ')}${differing.length > 5 ? `, and ${differing.length - 5} more` : ''}.`, {
    remedy: 'Another program changed it. Restore project.db from the backups folder, or from a backup that you trust.',
    file,
  })
}

function schemaOf(known: readonly Migration[]): Map<string, Entry> {
  const key = known.map(({ version, sql }) => `${version} ${sql.length}`).join()
  let made = expected.get(key)
  if (!made) {
    const db = new Sqlite(':memory:')
    initialise(db, known)
    expected.set(key, (made = entries(db)))
    db.close()
  }
  return made
}

const entries = (db: Database): Map<string, Entry> =>
  new Map((db.prepare('SELECT type, name, tbl_name, sql FROM sqlite_schema').all() as Entry[]).map((entry) => [`${entry.type} ${entry.name} ${entry.tbl_name}`, entry]))

const inWords = ({ type, name, tbl_name: table }: Entry, what: 'foreign' | 'changed' | 'missing'): string =>
  `${what} ${type} “${name}”${table === name ? '' : ` on “${table}”`}`
