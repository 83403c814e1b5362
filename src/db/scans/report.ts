import type { Database } from 'better-sqlite3'
import type { Report, TopFeature } from '../../contract/overview.ts'
import type { Quadrant } from '../../contract/pairs.ts'
import type { ReportInputs } from '../../core/report.ts'
import { statement } from '../statement.ts'
import { AUDIT_COUNTER } from './audit.ts'
import { latest } from './latest.ts'

/** Changes whenever the report would: with scans, annotations, imports and every refresh of the audit numbers. */
export function revision(db: Database): string {
  const parts = statement<Record<string, number | string | null>>(
    db,
    `SELECT (SELECT max(id) FROM scans WHERE finished_at IS NOT NULL) AS scan, (SELECT max(id) FROM annotations) AS annotation,
            (SELECT max(id) FROM pairs) AS pair, (SELECT count(*) FROM quarantine) AS quarantined,
            (SELECT value FROM meta WHERE key = ?) AS audit`,
  ).get(AUDIT_COUNTER)
  return Object.values(parts ?? {}).join('.')
}

export function storedReport(db: Database, scanId: number, of: string): Report | null {
  const row = statement<{ report: string }>(db, 'SELECT report FROM reports WHERE scan_id = ? AND revision = ?').get(scanId, of)
  return row ? (JSON.parse(row.report) as Report) : null
}

export function storeReport(db: Database, scanId: number, of: string, report: Report): void {
  statement(db, 'INSERT OR REPLACE INTO reports (scan_id, revision, report) VALUES (?, ?, ?)').run(scanId, of, JSON.stringify(report))
}

/** Everything the report is made from, columns as arrays. Scored pairs only: neither tied, discarded nor stale. */
export function reportInputs(db: Database): ReportInputs {
  const scan = latest(db)
  if (!scan) throw new Error('there is no scan to report on')
  const scored = statement<{ source: string; group: string; margin: number; length: number; sfc: number; audit: number; quadrant: Quadrant }>(
    db,
    `SELECT o.name AS source, coalesce(s.group_id, s.text_hash) AS "group", s.text_margin AS margin,
            length(coalesce(a.chosen, p.chosen)) - length(coalesce(a.rejected, p.rejected)) AS length,
            s.sfc, s.sfc_kind = 'audit' AS audit, s.quadrant
     FROM pair_state s JOIN pairs p ON p.id = s.pair_id JOIN sources o ON o.id = s.source_id LEFT JOIN annotations a ON a.id = s.annotation_id
     WHERE s.scan_id = ? AND s.stale = 0 AND s.status NOT IN ('tied', 'discarded') ORDER BY s.pair_id`,
  ).all(scan.id)
  const counts = statement<{ pairs: number; stale: number; images: number; quarantined: number }>(
    db,
    `SELECT (SELECT count(*) FROM pairs) AS pairs, (SELECT count(*) FROM pair_state WHERE stale = 1) AS stale,
            (SELECT count(*) FROM media) AS images, (SELECT count(*) FROM quarantine) AS quarantined`,
  ).get() as ReportInputs['counts']
  const features = statement<TopFeature>(
    db,
    'SELECT feature, kind, weight, coverage, lift, support, side FROM scan_features WHERE scan_id = ? ORDER BY rank',
  ).all(scan.id)
  return { scan, counts, features, scored }
}
