import type { Database } from 'better-sqlite3'
import type { PairRow, PairStatus, Quadrant } from '../../contract/pairs.ts'
import { priorSfc, trainingInfluence } from '../../core/losses.ts'
import { ofPair as tagsOf } from '../tags/queries.ts'
import { meanInfluence } from '../scans/audit.ts'
import { statement } from '../sqlite/statement.ts'

type StoredRow = {
  pair_id: number
  uid: string
  external_id: string | null
  source: string
  split: string
  status: PairStatus
  prompt: string
  chosen: string
  rejected: string
  text_margin: number | null
  text_loss: number | null
  mm_margin: number | null
  mm_loss: number | null
  audit_sfc: number | null
  quadrant: Quadrant | null
  suspect: number | null
  fold: number | null
  stale: 0 | 1
  missing_images: number
}

const BY_ID = `
  SELECT s.pair_id, p.uid, p.external_id, o.name AS source, s.split, s.status,
         coalesce(a.prompt, p.prompt) AS prompt, coalesce(a.chosen, p.chosen) AS chosen, coalesce(a.rejected, p.rejected) AS rejected,
         s.text_margin, s.text_loss, s.mm_margin, s.mm_loss, s.audit_sfc, s.quadrant, s.suspect, s.fold, s.stale, s.missing_images
  FROM pair_state s JOIN pairs p ON p.id = s.pair_id JOIN sources o ON o.id = s.source_id
  LEFT JOIN annotations a ON a.id = s.annotation_id
  WHERE s.pair_id = ?`

/** A pair as lists show it: its present texts, label and audit numbers. Undefined where there is none. */
export function pairRow(db: Database, pairId: number): PairRow | undefined {
  const row = statement<StoredRow>(db, BY_ID).get(pairId)
  if (!row) return undefined
  return {
    pairId,
    id: row.uid,
    externalId: row.external_id,
    source: row.source,
    split: row.split,
    status: row.status,
    prompt: row.prompt,
    chosen: row.chosen,
    rejected: row.rejected,
    images: imagesOf(db, pairId),
    missingImages: row.missing_images,
    tags: tagsOf(db, pairId),
    textMargin: row.text_margin,
    textLoss: row.text_loss,
    mmMargin: row.mm_margin,
    mmLoss: row.mm_loss,
    priorSfc: row.text_loss === null ? null : priorSfc(row.text_loss),
    auditSfc: row.audit_sfc,
    influence: influenceOf(db, row),
    quadrant: row.quadrant,
    suspect: row.suspect,
    fold: row.fold,
    stale: row.stale === 1,
  }
}

/**
 * The prompt's turns of a pair `p` with its annotation `a`, as JSON, or null where prompt and images tell them. An edited prompt is a plain
 * text: the turns that it replaced say nothing any more.
 */
export const PRESENT_TURNS = 'iif(coalesce(a.prompt, p.prompt) = p.prompt, p.messages, NULL)'

/** Training influence relative to the mean at the last refresh of the audit numbers. */
function influenceOf(db: Database, { text_margin, mm_margin }: Pick<StoredRow, 'text_margin' | 'mm_margin'>): number | null {
  const mean = meanInfluence(db)
  return text_margin === null || mm_margin === null || mean === null ? null : trainingInfluence(text_margin, mm_margin) / mean
}

/** Content hashes of a pair's images in the order of its prompt. */
export function imagesOf(db: Database, pairId: number): string[] {
  const rows = statement<{ hash: string }>(db, 'SELECT hash FROM pair_images WHERE pair_id = ? ORDER BY position').all(pairId)
  return rows.map(({ hash }) => hash)
}
