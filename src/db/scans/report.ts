import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import { curvePoint, report as reportSchema, stability, type Report, type TopFeature } from '../../contract/overview.ts'
import type { PairFilter } from '../../contract/pairs.ts'
import { REGROUPED } from '../../core/identity.ts'
import { turned } from '../../core/losses.ts'
import { hash32 } from '../../core/random.ts'
import { promptTypeOf } from '../../core/report/prompt-type.ts'
import type { ScoredRow } from '../../core/report/scored.ts'
import { addFilter, addRanges, Conditions } from '../pairs/filter.ts'
import { REPORTED } from '../../core/report/reported.ts'
import { statement } from '../sqlite/statement.ts'
import { storedJson } from '../sqlite/stored-json.ts'
import { counts as missingCounts } from '../media/missing.ts'
import { AUDIT_COUNTER, storedNoise } from './audit.ts'
import { orientation } from './orientation.ts'
import { latestProbe } from './probe.ts'

/** The version of stored reports; one of another version is rebuilt. */
const SHAPE = 4

/** Changes whenever the report would: with scans, annotations, imports, slices, tags and every refresh of the audit numbers. */
export function revision(db: Database): string {
  const parts = statement<Record<string, number | string | null>>(
    db,
    `SELECT (SELECT max(id) FROM scans WHERE finished_at IS NOT NULL) AS scan, (SELECT max(id) FROM annotations) AS annotation,
            (SELECT max(id) FROM pairs) AS pair, (SELECT count(*) FROM quarantine) AS quarantined,
            (SELECT group_concat(name || filter) FROM slices) AS slices, (SELECT sum(id * pairs) FROM tags) AS tags,
            (SELECT value FROM meta WHERE key = ?) AS audit`,
  ).get(AUDIT_COUNTER)
  return [SHAPE, ...Object.values(parts ?? {})].join('.')
}

export function storedReport(db: Database, scanId: number, of: string): Report | null {
  const row = statement<{ report: string }>(db, 'SELECT report FROM reports WHERE scan_id = ? AND revision = ?').get(scanId, of)
  if (!row) return null
  // It can be made again: one that does not read as a report counts as none.
  const stored = reportSchema.safeParse(storedJson(z.unknown(), row.report, 'reports.report'))
  return stored.success ? stored.data : null
}

export function storeReport(db: Database, scanId: number, of: string, report: Report): void {
  statement(db, 'INSERT OR REPLACE INTO reports (scan_id, revision, report) VALUES (?, ?, ?)').run(scanId, of, JSON.stringify(report))
}

type StoredRow = Omit<ScoredRow, 'group' | 'promptType' | 'chosenHash' | 'rejectedHash' | 'chosenLength' | 'rejectedLength'> & {
  group: string
  prompt: string
  chosen: string
  rejected: string
}

/**
 * Some scored pairs above `after`, by id: neither tied, discarded nor stale. Their texts stay here; what the report asks of
 * them is in numbers.
 */
export function scoredRows(db: Database, scanId: number, after: number, limit: number): ScoredRow[] {
  return statement<StoredRow>(
    db,
    `SELECT s.pair_id AS id, o.name AS source, s.split, coalesce(s.group_id, s.text_hash) AS "group", s.text_margin AS margin, s.mm_margin AS mm,
            s.mm_run AS reference, s.audit_sfc AS auditSfc, s.quadrant, s.suspect,
            s.missing_images + (SELECT count(*) FROM pair_images i WHERE i.pair_id = s.pair_id) AS images, coalesce(a.prompt, p.prompt) AS prompt, coalesce(a.chosen, p.chosen) AS chosen,
            coalesce(a.rejected, p.rejected) AS rejected
     FROM pair_state s NOT INDEXED JOIN pairs p ON p.id = s.pair_id JOIN sources o ON o.id = s.source_id LEFT JOIN annotations a ON a.id = s.annotation_id
     WHERE s.pair_id > ? AND s.scan_id = ? AND s.stale = 0 AND s.status NOT IN ('tied', 'discarded') ORDER BY s.pair_id LIMIT ?`,
  )
    .all(after, scanId, limit)
    .map(({ group, prompt, chosen, rejected, ...row }) => ({
      ...row,
      group: hash53(group),
      chosenLength: chosen.length,
      rejectedLength: rejected.length,
      promptType: promptTypeOf(prompt),
      chosenHash: hash53(chosen),
      rejectedHash: hash53(rejected),
    }))
}

/** Margins that a scan gave to the responses as they are labelled now, by pair id above `after`; NaN where it scored another text. */
export function marginsOf(db: Database, scanId: number, after: number, limit: number): { ids: Float64Array; margins: Float64Array } {
  const rows = statement<{ id: number; margin: number; hash: string; present: string }>(
    db,
    `SELECT t.pair_id AS id, t.margin, t.text_hash AS hash, s.text_hash AS present FROM text_scores t JOIN pair_state s ON s.pair_id = t.pair_id
     WHERE t.scan_id = ? AND t.pair_id > ? ORDER BY t.pair_id LIMIT ?`,
  ).all(scanId, after, limit)
  // Of another text: NaN, so that whoever reads on in ids misses none.
  const turns = rows.map(({ id, hash, present }) => orientation(db, id, hash, present))
  return {
    ids: Float64Array.from(rows, ({ id }) => id),
    margins: Float64Array.from(rows, ({ margin }, i) => (turns[i] === 0 ? Number.NaN : turns[i] === 1 ? margin : turned(margin))),
  }
}

/** Ids of the filter's pairs above `after`, ascending. */
export function idsOf(db: Database, filter: PairFilter, after: number, limit: number): Float64Array {
  const conditions = new Conditions()
  conditions.addCondition('s.pair_id > ?', after)
  addFilter(db, conditions, filter, { residual: true })
  addRanges(conditions, filter, () => true)
  const rows = statement<{ id: number }>(
    db,
    `SELECT s.pair_id AS id FROM pair_state s NOT INDEXED ${conditions.where} ORDER BY s.pair_id LIMIT ?`,
  )
  return Float64Array.from(rows.all(...conditions.parameters, limit), ({ id }) => id)
}

/** The filter of the pairs that a report is about: scored ones that name an image, or all scored ones where none names an image. */
export function reported(db: Database): PairFilter {
  const named = (images: string) =>
    `SELECT 1 FROM ${images} i JOIN pair_state s ON s.pair_id = i.pair_id WHERE s.quadrant IS NOT NULL AND s.stale = 0 AND s.status NOT IN ('tied', 'discarded')`
  const some = statement<{ some: 0 | 1 }>(
    db,
    `SELECT EXISTS (${named('pair_images')}) OR EXISTS (${named('missing_images')}) AS some`,
  ).get()
  return { ...REPORTED, ...(some?.some === 1 && { hasImage: true }) }
}

function reportedConditions(db: Database): Conditions {
  const conditions = new Conditions()
  conditions.addCondition('s.text_margin IS NOT NULL')
  addFilter(db, conditions, reported(db), { residual: true })
  return conditions
}

/** The pairs of largest text margin that a report is about, at most `limit`, and how many it is about. */
export function largestMargins(db: Database, limit: number): { ids: Float64Array; scored: number } {
  const { where, parameters } = reportedConditions(db)
  const rows = statement<{ id: number }>(
    db,
    `SELECT s.pair_id AS id FROM pair_state s INDEXED BY state_by_margin ${where} ORDER BY s.text_margin DESC, s.pair_id DESC LIMIT ?`,
  )
  const ids = Float64Array.from(rows.all(...parameters, limit), ({ id }) => id)
  if (ids.length < limit) return { ids, scored: ids.length }
  const counted = statement<{ n: number }>(db, `SELECT count(*) AS n FROM pair_state s ${where}`).get(...parameters)
  return { ids, scored: counted?.n ?? ids.length }
}

export type ExamplePair = {
  pairId: number
  source: string
  prompt: string
  chosen: string
  rejected: string
  images: number
  missing: number
  textMargin: number
}

/** The pairs of the largest text margin that a report is about, with their present texts. */
export function examplePairs(db: Database, limit: number): ExamplePair[] {
  const { where, parameters } = reportedConditions(db)
  return statement<ExamplePair>(
    db,
    `SELECT s.pair_id AS pairId, o.name AS source, coalesce(a.prompt, p.prompt) AS prompt, coalesce(a.chosen, p.chosen) AS chosen,
            coalesce(a.rejected, p.rejected) AS rejected, (SELECT count(*) FROM pair_images i WHERE i.pair_id = s.pair_id) AS images,
            s.missing_images AS missing, s.text_margin AS textMargin
     FROM pair_state s INDEXED BY state_by_margin CROSS JOIN pairs p ON p.id = s.pair_id CROSS JOIN sources o ON o.id = s.source_id
     LEFT JOIN annotations a ON a.id = s.annotation_id
     ${where} ORDER BY s.text_margin DESC, s.pair_id DESC LIMIT ?`,
  ).all(...parameters, limit)
}

/** What the report says besides its pairs. */
export function reportFacts(db: Database, scanId: number) {
  const counts = statement<Record<'pairs' | 'stale' | 'regrouped' | 'images' | 'quarantined', number>>(
    db,
    `SELECT (SELECT count(*) FROM pairs) AS pairs, (SELECT count(*) FROM pair_state WHERE stale = 1) AS stale,
            (SELECT count(*) FROM pair_state s JOIN text_scores t ON t.scan_id = s.scan_id AND t.pair_id = s.pair_id WHERE s.stale = 1 AND t.text_hash = '${REGROUPED}') AS regrouped,
            (SELECT count(*) FROM media) AS images, (SELECT count(*) FROM quarantine) AS quarantined`,
  ).get() as Record<'pairs' | 'stale' | 'regrouped' | 'images' | 'quarantined', number>
  const features = statement<TopFeature>(
    db,
    'SELECT feature, kind, weight, coverage, lift, support, side FROM scan_features WHERE scan_id = ? ORDER BY rank',
  ).all(scanId)
  const stored = statement<{ curve: string | null; stability: string | null }>(
    db,
    'SELECT learning_curve AS curve, stability FROM scans WHERE id = ?',
  ).get(scanId)
  return {
    counts: { ...counts, missing: missingCounts(db) },
    features,
    learningCurve: stored?.curve ? storedJson(curvePoint.array(), stored.curve, 'scans.learning_curve') : [],
    stability: stored?.stability ? storedJson(stability, stored.stability, 'scans.stability') : null,
    noise: storedNoise(db),
    probed: latestProbe(db) !== null,
  }
}

/** FNV-1a twice, as one number of 53 bits: of a million texts two share one with a chance of 1 in 18,000. */
function hash53(text: string): number {
  return (hash32(text) & 0x1fffff) * 2 ** 32 + hash32(text, 0x9e3779b9)
}
