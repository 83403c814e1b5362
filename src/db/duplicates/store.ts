import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import { timestamp } from '../../contract/base.ts'
import { duplicateKind, type DuplicateKind } from '../../contract/pairs.ts'
import { meta, setMeta } from '../project/queries.ts'
import { resumable } from '../worker/resumable.ts'
import { statement } from '../sqlite/statement.ts'
import { storedJson } from '../sqlite/stored-json.ts'

/** Sets of pairs that repeat one another and the pairs in them, by kind. */
const kindsFound = z.record(duplicateKind, z.object({ sets: z.number(), pairs: z.number() }))
export type DuplicatesFound = z.infer<typeof kindsFound>

/** When the table was filled and with what, and what the pairs were like then. */
const duplicatesFound = z.object({ at: timestamp, revision: z.string(), kinds: kindsFound })
type Found = z.infer<typeof duplicatesFound>

export type DuplicatesSummary = {
  foundAt: string | null
  stale: boolean
  kinds: { kind: DuplicateKind; sets: number; pairs: number }[]
}

const META = 'duplicates'

/** Changes whenever what repeats what can change: with pairs, edits, flips, discards, and images that came or went. */
export function revision(db: Database): string {
  const parts = statement<Record<string, number | null>>(
    db,
    `SELECT (SELECT max(id) FROM pairs) AS pair, (SELECT count(*) FROM missing_images) AS missing,
            (SELECT id FROM annotations WHERE action NOT IN ('keep', 'tie') ORDER BY id DESC LIMIT 1) AS annotation`,
  ).get()
  return Object.values(parts ?? {})
    .map(String)
    .join('.')
}

/** What was found, as it is in the table; nothing while it is being written. */
export function summary(db: Database): DuplicatesSummary {
  const text = meta(db, META)
  if (text === null || text === '') return { foundAt: null, stale: false, kinds: [] }
  const found = storedJson(duplicatesFound, text, `meta.${META}`)
  const kinds = duplicateKind.options.map((kind) => ({ kind, ...found.kinds[kind] }))
  return { foundAt: found.at, stale: found.revision !== revision(db), kinds }
}

/** Deletes at most `limit` rows of what was found before; says whether there may be more. From here on nothing counts as found. */
export function clear(db: Database, limit: number): boolean {
  return resumable(db, () => {
    setMeta(db, META, '')
    const removed = statement(
      db,
      'DELETE FROM duplicates WHERE (kind, set_id, pair_id) IN (SELECT kind, set_id, pair_id FROM duplicates LIMIT ?)',
    ).run(limit)
    return removed.changes === limit
  })
}

/** Adds a stretch of what was found, as set and pair in turn. Pairs that have gone since are left out. */
export function write(db: Database, kind: DuplicateKind, members: Float64Array): void {
  resumable(db, () => {
    const add = statement(db, 'INSERT INTO duplicates (kind, set_id, pair_id) SELECT ?, ?, id FROM pairs WHERE id = ?')
    for (let i = 0; i < members.length; i += 2) add.run(kind, members[i], members[i + 1])
  })
}

/** The table is complete. `revision` is that of the pairs when the search began. */
export function finish(db: Database, revision: string, kinds: DuplicatesFound): void {
  setMeta(db, META, JSON.stringify({ at: new Date().toISOString(), revision, kinds } satisfies Found))
}
