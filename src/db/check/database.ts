import type { Database } from 'better-sqlite3'
import { LOG_LOST, meta } from '../project/queries.ts'
import { found, type Found, type Place } from './finding.ts'

const SHOWN = 100

/** SQLite's own check of the file. Damage to indexes alone is repaired by rebuilding them. */
export function checkDatabase({ db, progress }: Place): Found[] {
  progress('Checking the database', 0, 1)
  const said = verdict(db)
  const damage = said.filter((line) => line !== 'ok' && !line.includes('pairs_fts'))
  const words = said.filter((line) => line.includes('pairs_fts'))
  const ofIndexes = damage.every((line) => /missing from index|wrong # of entries in index|non-unique entry in index/.test(line))
  return [
    ...found(
      damage,
      ofIndexes
        ? { code: 'index-damaged', what: 'Indexes of the database do not agree with its tables.', repair: 'rebuilds the indexes' }
        : {
            code: 'database-damaged',
            what: 'The database file is damaged. Restore project.db from your own backup or from the backups folder.',
            repair: null,
          },
      String,
      ofIndexes ? () => void db.exec('REINDEX') : undefined,
    ),
    ...found(words, { code: 'search-differs', what: 'The search index is damaged.', repair: 'rebuilds it from the texts' }, String, () =>
      db.exec("INSERT INTO pairs_fts (pairs_fts) VALUES ('delete-all'); UPDATE search_state SET indexed_to = 0"),
    ),
  ]
}

/** A log that was missing after an end without closing. */
export function checkLog({ db }: Place): Found[] {
  const since = meta(db, LOG_LOST)
  return found(
    since === null ? [] : [since],
    {
      code: 'log-lost',
      what: 'The project was not closed properly, and project.db-wal was missing afterwards. The last changes before that may be lost. Compare with a backup.',
      repair: 'marks this as known',
    },
    (at) => `open since ${at}`,
    () => void db.prepare('DELETE FROM meta WHERE key = ?').run(LOG_LOST),
  )
}

function verdict(db: Database): string[] {
  try {
    return (db.pragma(`integrity_check(${SHOWN})`) as { integrity_check: string }[]).map((row) => row.integrity_check)
  } catch (error) {
    // Damaged so badly that the check itself stumbles.
    if ((error as { code?: string }).code?.startsWith('SQLITE_CORRUPT')) return [(error as Error).message]
    throw error
  }
}

/** Tables whose rows mean nothing without the row that they point to, and can go with it. */
const FOLLOWING = new Set([
  'pair_state',
  'pair_images',
  'missing_images',
  'import_skips',
  'duplicates',
  'pair_set_members',
  'pair_tags',
  'bulk_items',
  'text_scores',
  'scan_features',
  'reports',
  'run_pairs',
  'run_steps',
  'run_notices',
  'run_samples',
  'run_eval',
])

type Violation = { table: string; rowid: number | null; parent: string; fkid: number }
type Key = { id: number; from: string; to: string | null; table: string }

/** Rows that point to others which are not there. Images that pairs show have a check of their own. */
export function checkReferences({ db, progress }: Place): Found[] {
  progress('Checking references', 0, 1)
  const broken = (db.pragma('foreign_key_check') as Violation[]).filter(
    ({ table, parent }) => !(table === 'pair_images' && parent === 'media'),
  )
  const name = ({ table, rowid, parent }: Violation) => `${table}${rowid === null ? '' : ` row ${rowid}`}, which names a row of ${parent}`
  const [following, others] = [true, false].map((wanted) => broken.filter(({ table }) => FOLLOWING.has(table) === wanted)) as [
    Violation[],
    Violation[],
  ]
  return [
    ...found(
      following,
      { code: 'reference-dangling', what: 'Rows that belong to missing pairs, blind tests or runs.', repair: 'deletes those rows' },
      name,
      () => {
        for (const each of new Set(following.map(({ table, fkid }) => `${table} ${fkid}`))) {
          const [table = '', fkid] = each.split(' ')
          const key = (db.pragma(`foreign_key_list(${table})`) as Key[]).find(({ id }) => id === Number(fkid))
          if (!key) continue
          db.exec(`DELETE FROM ${table} WHERE ${key.from} IS NOT NULL AND ${key.from} NOT IN (SELECT ${key.to ?? 'id'} FROM ${key.table})`)
        }
      },
    ),
    ...found(
      others,
      { code: 'reference-dangling', what: 'Rows that refer to missing rows. Restore project.db from a backup.', repair: null },
      name,
    ),
  ]
}
