import type { Database } from 'better-sqlite3'
import { statement } from '../sqlite/statement.ts'
import { RAW_LIMIT, type NewRejection } from '../pairs/batch.ts'

/** The import that a row is quarantined in; the row is known by source, split and file of it. */
type Target = { importId: number; sourceId: number; split: string; file: string; at: string }

/** The same pair of the same row and file is in quarantine once, with its newest reason. */
export function quarantine(db: Database, target: Target, rejection: NewRejection & { part: number }): void {
  const { row, part, field, code, reason, raw } = rejection
  statement(
    db,
    `INSERT INTO quarantine (import_id, source_id, split, file, row, part, field, code, reason, raw, created_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (source_id, split, file, row, part) DO UPDATE SET import_id = excluded.import_id, field = excluded.field,
       code = excluded.code, reason = excluded.reason, raw = excluded.raw, created_at = excluded.created_at`,
  ).run(target.importId, target.sourceId, target.split, target.file, row, part, field, code, reason, raw.slice(0, RAW_LIMIT), target.at)
}

/**
 * Takes rows out of the quarantine that are tried again, whatever becomes of them now; gives how many were in it. A record
 * that was refused as a whole stands there as its part 0.
 */
export function release(db: Database, { sourceId, split, file }: Target, rows: readonly { row: number; part: number }[]): number {
  const any = statement(db, 'SELECT 1 FROM quarantine WHERE source_id = ? AND split = ? AND file = ? LIMIT 1').get(sourceId, split, file)
  if (!any) return 0
  const remove = statement(db, 'DELETE FROM quarantine WHERE source_id = ? AND split = ? AND file = ? AND row = ? AND part = ?')
  return rows.reduce((sum, { row, part }) => sum + remove.run(sourceId, split, file, row, part).changes, 0)
}
