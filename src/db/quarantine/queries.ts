import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import {
  columnMap,
  convention as conventionSchema,
  formatId,
  type ColumnMap,
  type Convention,
  type FormatId,
  type QuarantineCode,
  type QuarantineRow,
} from '../../contract/imports.ts'
import { statement } from '../sqlite/statement.ts'
import { stored, storedJson } from '../sqlite/stored-json.ts'

/** A quarantined row with the split it was meant for. */
export type Quarantined = QuarantineRow & { split: string }

export type QuarantineFilter = { codes?: readonly QuarantineCode[]; sources?: readonly string[] }

/** `codes` and `sources` count all rows, `total` those of the filter. */
export type QuarantinePage = {
  total: number
  codes: { value: QuarantineCode; count: number }[]
  sources: { value: string; count: number }[]
  rows: Quarantined[]
}

/** A page of the quarantine in the order of its rows' numbers, behind number `after`. */
export function list(db: Database, page: QuarantineFilter & { after: number; limit: number }): QuarantinePage {
  const { where, parameters } = conditions(page)
  const rows = statement<Quarantined>(
    db,
    `SELECT q.id, q.file, s.name AS source, q.split, q.row, q.field, q.code, q.reason, q.raw, q.created_at AS createdAt
     FROM quarantine q NOT INDEXED CROSS JOIN sources s ON s.id = q.source_id WHERE q.id > ? ${where} ORDER BY q.id LIMIT ?`,
  ).all(page.after, ...parameters, page.limit)
  const bySource = statement<{ value: string; count: number }>(
    db,
    `SELECT s.name AS value, g.count FROM (SELECT source_id, count(*) AS count FROM quarantine GROUP BY source_id) g
     JOIN sources s ON s.id = g.source_id ORDER BY s.id`,
  ).all()
  const byCode = statement<{ value: QuarantineCode; count: number }>(
    db,
    'SELECT code AS value, count(*) AS count FROM quarantine GROUP BY code',
  ).all()
  const total = statement<{ n: number }>(db, `SELECT count(*) AS n FROM quarantine q WHERE 1 ${where}`).get(...parameters)?.n ?? 0
  return { total, codes: byCode, sources: bySource, rows }
}

function conditions({ codes, sources }: QuarantineFilter): { where: string; parameters: string[] } {
  const marks = (values: readonly string[]) => values.map(() => '?').join(', ')
  const parts = [
    ...(codes?.length ? [`AND q.code IN (${marks(codes)})`] : []),
    ...(sources?.length ? [`AND q.source_id IN (SELECT id FROM sources WHERE name IN (${marks(sources)}))`] : []),
  ]
  return { where: parts.join(' '), parameters: [...(codes ?? []), ...(sources ?? [])] }
}

/**
 * Records to try again, by the import that they were last refused in: how to read the file, and which of its records.
 * `parts` are the pairs of the record that were refused; null is the record as a whole.
 */
export type Pending = {
  importId: number
  file: string
  format: FormatId
  map: ColumnMap | null
  convention: Convention | null
  encoding: string | null
  imagesDir: string
  fetchHosts: string[]
  /** The import was told the split, which then holds whatever a record says. */
  splitGiven: boolean
  /** Of the file when it was imported; null where an old version did. */
  fingerprint: string | null
  rows: { row: number; parts: number[] | null }[]
}

export function pending(db: Database): Pending[] {
  type Row = {
    importId: number
    file: string
    format: string
    map: string | null
    convention: string | null
    encoding: string | null
    imagesDir: string
    fetchHosts: string
    splitGiven: 0 | 1
    fingerprint: string | null
    row: number
    part: number
    code: QuarantineCode
  }
  const found = statement<Row>(
    db,
    `SELECT q.import_id AS importId, i.file, i.format, i.map, i.convention, i.encoding, i.images_dir AS imagesDir, i.fetch_hosts AS fetchHosts, i.split_given AS splitGiven, i.fingerprint, q.row, q.part, q.code
     FROM quarantine q JOIN imports i ON i.id = q.import_id ORDER BY q.import_id, q.row, q.part`,
  ).all()
  const groups = new Map<number, Pending>()
  for (const {
    importId,
    file,
    format,
    map,
    convention,
    encoding,
    imagesDir,
    fetchHosts,
    splitGiven,
    fingerprint,
    row,
    part,
    code,
  } of found) {
    const group: Pending = groups.get(importId) ?? {
      importId,
      file,
      format: stored(formatId, 'imports.format', format),
      map: map === null ? null : storedJson(columnMap, map, 'imports.map'),
      convention: convention === null ? null : storedJson(conventionSchema, convention, 'imports.convention'),
      encoding,
      imagesDir,
      fetchHosts: storedJson(z.array(z.string()), fetchHosts, 'imports.fetch_hosts'),
      splitGiven: splitGiven === 1,
      fingerprint,
      rows: [],
    }
    groups.set(importId, group)
    // Only an id that is taken refuses one pair of a record; whatever else refuses all of it.
    const parts = code === 'duplicate-id' ? [part] : null
    const last = group.rows.at(-1)
    if (last?.row === row) last.parts = last.parts && parts && [...last.parts, ...parts]
    else group.rows.push({ row, parts })
  }
  return [...groups.values()]
}
