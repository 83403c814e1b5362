import type { Database } from 'better-sqlite3'
import { searchState } from '../pairs/search-index.ts'
import { statement } from '../sqlite/statement.ts'

type SourceFacts = { name: string; pairs: number; splits: string[]; parts: { split: string; pairs: number }[] }

/** What `project.db` itself knows of the project; its path and name are the folder's. */
export type ProjectFacts = {
  createdAt: string
  schemaVersion: number
  pairs: number
  images: number
  quarantined: number
  incomplete: number
  unsearched: number
  logLost: string | null
  sources: SourceFacts[]
}

/** Key in `meta`: when the process began that ended without closing the project, and whose last commits went with SQLite's log. */
export const LOG_LOST = 'log_lost'

/** Counts of the open project, sources in the order they were first imported. */
export function info(db: Database): ProjectFacts {
  const count = (table: 'media' | 'quarantine') => statement<{ n: number }>(db, `SELECT count(*) AS n FROM ${table}`).get()?.n ?? 0
  const sources = new Map<string, SourceFacts>()
  const rows = statement<{ name: string; split: string | null; pairs: number }>(
    db,
    `SELECT s.name, c.split, coalesce(sum(c.pairs), 0) AS pairs FROM sources s LEFT JOIN pair_counts c ON c.source_id = s.id AND c.pairs > 0
     GROUP BY s.id, c.split ORDER BY s.id, c.split`,
  ).all()
  for (const row of rows) {
    const source = sources.get(row.name) ?? { name: row.name, pairs: 0, splits: [], parts: [] }
    source.pairs += row.pairs
    if (row.pairs > 0) source.parts.push({ split: row.split ?? '', pairs: row.pairs })
    if (row.split) source.splits.push(row.split)
    sources.set(row.name, source)
  }
  return {
    createdAt: meta(db, 'created_at') ?? '1970-01-01T00:00:00.000Z',
    schemaVersion: db.pragma('user_version', { simple: true }) as number,
    pairs: [...sources.values()].reduce((sum, { pairs }) => sum + pairs, 0),
    images: count('media'),
    quarantined: count('quarantine'),
    incomplete: statement<{ n: number }>(db, 'SELECT coalesce(sum(pairs), 0) AS n FROM pair_counts WHERE incomplete = 1').get()?.n ?? 0,
    unsearched: unsearched(db),
    logLost: meta(db, LOG_LOST),
    sources: [...sources.values()],
  }
}

function unsearched(db: Database): number {
  const { indexedTo, last } = searchState(db)
  return last - indexedTo
}

/** A project-wide value by its key; null where it was never set. */
export function meta(db: Database, key: string): string | null {
  return statement<{ value: string }>(db, 'SELECT value FROM meta WHERE key = ?').get(key)?.value ?? null
}

export function setMeta(db: Database, key: string, value: string): void {
  statement(db, 'INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value').run(key, value)
}
