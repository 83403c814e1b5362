import Sqlite, { type Database } from 'better-sqlite3'
import { BlindfoldError } from '../../core/errors.ts'
import { addFunctions } from './functions.ts'
import { initialise } from '../migrations/migrate.ts'
import { migrations } from '../migrations/index.ts'

/** What is read before the schema is known calls nothing that the schema names, and no page is taken at its word. */
export function distrust(db: Database): void {
  db.pragma('trusted_schema = OFF')
  db.pragma('cell_size_check = ON')
}

/**
 * Lets a database be used whose schema is ours: its triggers call our functions from here on.
 *
 * @param options.foreign it comes from elsewhere: all of its pages and constraints are looked through first
 * @throws BlindfoldError PROJECT_UNSAFE, PROJECT_CORRUPT
 */
export function admit(db: Database, { file, version, foreign = false }: { file: string; version: number; foreign?: boolean }): void {
  checkSchema(db, { file, version })
  if (foreign) checkPages(db, file)
  db.pragma('trusted_schema = ON')
  addFunctions(db)
}

function checkPages(db: Database, file: string): void {
  const found = db.pragma('quick_check(1)', { simple: true })
  if (found === 'ok') return
  throw new BlindfoldError('PROJECT_CORRUPT', `The project database is damaged: ${String(found)}`, {
    remedy: 'Ask the sender for another copy, or restore project.db from the backups folder.',
    file,
  })
}

/** Tables that SQLite itself keeps its statistics in. */
const STATISTICS = /^sqlite_stat[1-4]$/

type Entry = { type: string; name: string; tbl_name: string; sql: string | null }

const expected = new Map<number, Map<string, Entry>>()

/**
 * Refuses a database whose schema is not the one that Blindfold made, before any of it is used. A trigger or view would
 * run at our own queries, and a changed table would let values in that no query expects. The message names what differs.
 */
function checkSchema(db: Database, { file, version }: { file: string; version: number }): void {
  const wanted = schemaOf(version)
  const found = entries(db)
  const differing = [
    ...[...found]
      .filter(([key, { name, sql }]) => !STATISTICS.test(name) && wanted.get(key)?.sql !== sql)
      .map(([key, entry]) => inWords(entry, wanted.has(key) ? 'changed' : 'foreign')),
    ...[...wanted].filter(([key]) => !found.has(key)).map(([, entry]) => inWords(entry, 'missing')),
  ]
  if (differing.length === 0) return
  throw new BlindfoldError(
    'PROJECT_UNSAFE',
    `The project database was changed outside Blindfold: ${differing.slice(0, 5).join(', ')}${differing.length > 5 ? `, and ${differing.length - 5} more` : ''}.`,
    {
      remedy: 'Another program changed it. Restore project.db from the backups folder, or from a backup that you trust.',
      file,
    },
  )
}

/** The schema of a version, as its migrations make it. */
function schemaOf(version: number): Map<string, Entry> {
  let made = expected.get(version)
  if (!made) {
    const db = new Sqlite(':memory:')
    initialise(db, migrations.slice(0, version))
    expected.set(version, (made = entries(db)))
    db.close()
  }
  return made
}

const entries = (db: Database): Map<string, Entry> =>
  new Map(
    (db.prepare('SELECT type, name, tbl_name, sql FROM sqlite_schema').all() as Entry[]).map((entry) => [
      `${entry.type} ${entry.name} ${entry.tbl_name}`,
      entry,
    ]),
  )

const inWords = ({ type, name, tbl_name: table }: Entry, what: 'foreign' | 'changed' | 'missing'): string =>
  `${what} ${type} “${name}”${table === name ? '' : ` on “${table}”`}`
