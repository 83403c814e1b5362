import type { Database } from 'better-sqlite3'
import type { FormatId, QuarantineCode, QuarantineRow } from '../../contract/imports.ts'
import { statement } from '../statement.ts'

type Row = {
  id: number
  file: string
  source: string
  split: string
  row: number
  field: string | null
  code: string
  reason: string
  raw: string
  created_at: string
}

/** A quarantined row with the split it was meant for. */
export type Quarantined = QuarantineRow & { split: string }

/** A page of the quarantine in the order of its rows' numbers, behind number `after`; `total` counts all rows. */
export function list(db: Database, page: { after: number; limit: number }): { total: number; rows: Quarantined[] } {
  const rows = statement<Row>(
    db,
    `SELECT q.id, q.file, s.name AS source, q.split, q.row, q.field, q.code, q.reason, q.raw, q.created_at
     FROM quarantine q JOIN sources s ON s.id = q.source_id WHERE q.id > ? ORDER BY q.id LIMIT ?`,
  ).all(page.after, page.limit)
  const total = statement<{ n: number }>(db, 'SELECT count(*) AS n FROM quarantine').get()?.n ?? 0
  return { total, rows: rows.map(({ created_at: createdAt, code, ...row }) => ({ ...row, code: code as QuarantineCode, createdAt })) }
}

/** Rows to try again, by the import that they were last refused in: how to read the file, and which of its rows. */
export type Pending = { importId: number; file: string; format: FormatId; imagesDir: string; rows: number[] }

export function pending(db: Database): Pending[] {
  const found = statement<{ importId: number; file: string; format: string; imagesDir: string; row: number }>(
    db,
    `SELECT q.import_id AS importId, i.file, i.format, i.images_dir AS imagesDir, q.row
     FROM quarantine q JOIN imports i ON i.id = q.import_id ORDER BY q.import_id, q.row`,
  ).all()
  const groups = new Map<number, Pending>()
  for (const { row, format, ...of } of found) {
    const group = groups.get(of.importId) ?? { ...of, format: format as FormatId, rows: [] }
    group.rows.push(row)
    groups.set(of.importId, group)
  }
  return [...groups.values()]
}
