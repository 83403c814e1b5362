import type { Database } from 'better-sqlite3'
import type { PairFilter, PairStatus } from '../../contract/pairs.ts'
import type { Message } from '../../core/messages.ts'
import { pairFeatures, type PairFeatures } from '../../core/pair-features.ts'
import { priorSfc, quadrantOf, sfc, softplusNeg, turned } from '../../core/losses.ts'
import { groupPlace } from '../../core/resplit.ts'
import type { ColumnValue, ExportedColumn } from '../../core/pair-columns.ts'
import type { ExportLabel } from '../../core/vocabulary.ts'
import { orientation } from '../scans/orientation.ts'
import { statement } from '../sqlite/statement.ts'
import { storedMessages, storedMetadata } from '../sqlite/stored-json.ts'
import { addFilter, addRanges, Conditions } from './filter.ts'

/** Which pairs, and as they stand now or as they were imported. */
export type ExportSelection = { filter: PairFilter; label: ExportLabel }

/** An image of a pair, in the order of its prompt; a missing one by the reference that the pair has for it. */
export type ExportImage = { hash: string; mime: string; bytes: number } | { missing: string }

/** An annotation; `reverts` counts the pair's annotations from 0. Texts are null where as imported. */
export type ExportAnnotation = {
  action: 'keep' | 'flip' | 'tie' | 'edit' | 'discard' | 'undo' | 'redo'
  reverts: number | null
  status: PairStatus
  prompt: string | null
  chosen: string | null
  rejected: string | null
  blind: boolean
  annotator: string
  at: string
}

/** A pair as it is written. The audit numbers are those of the label that is written, null if the text was not scored or has changed since. */
export type ExportRow = { [Name in ExportedColumn]: ColumnValue<Name> } & {
  pairId: number
  uid: string
  externalId: string | null
  split: string
  groupId: string | null
  prompt: string
  chosen: string
  rejected: string
  /** Null where the prompt is in the simple form, or was replaced by a text. */
  messages: Message[] | null
  original: { prompt: string; chosen: string; rejected: string; messages: Message[] | null; tied: boolean }
  images: ExportImage[]
  metadata: Record<string, unknown>
  history: ExportAnnotation[]
}

type Texts = { prompt: string; chosen: string; rejected: string }
type Stored = Texts & {
  pairId: number
  uid: string
  externalId: string | null
  source: string
  split: string
  status: PairStatus
  groupId: string | null
  messages: string | null
  metadata: string
  tied: 0 | 1
  nowPrompt: string | null
  nowChosen: string | null
  nowRejected: string | null
  annotated: 0 | 1
  textMargin: number | null
  mmMargin: number | null
  scoredHash: string | null
  stale: 0 | 1
  presentHash: string
  importedHash: string
}

/** The next pairs of the selection behind `afterId` (0 for the first), in the order of their numbers; none at the end. */
export function exportChunk(db: Database, afterId: number, limit: number, selection: ExportSelection): ExportRow[] {
  const rows = stored(db, afterId, limit, selection)
  const ids = JSON.stringify(rows.map(({ pairId }) => pairId))
  const images = imagesOf(db, ids)
  const tags = byPair(
    statement<{ pairId: number; name: string }>(
      db,
      `SELECT t.pair_id AS pairId, g.name FROM pair_tags t JOIN tags g ON g.id = t.tag_id
     WHERE t.pair_id IN (SELECT value FROM json_each(?)) ORDER BY t.pair_id, g.name`,
    ).all(ids),
  )
  const history = byPair(
    statement<StoredAnnotation>(
      db,
      `SELECT pair_id AS pairId, id, action, reverts, status, prompt, chosen, rejected, blind, annotator, created_at AS at
     FROM annotations WHERE pair_id IN (SELECT value FROM json_each(?)) ORDER BY pair_id, id`,
    ).all(ids),
  )
  return rows.map((row) => {
    const { pairId, uid, externalId, source, split, status, groupId } = row
    const messages = storedMessages(row.messages)
    const { prompt, chosen, rejected } = row
    return {
      ...{ pairId, uid, externalId, source, split, status, groupId },
      ...scoresOf(db, row, selection),
      ...textsOf(row, selection),
      messages: messagesHold(row, selection) ? messages : null,
      original: { prompt, chosen, rejected, messages, tied: row.tied === 1 },
      images: (images.get(pairId) ?? []).map(({ hash, mime, bytes, reference }) =>
        hash === null ? { missing: reference } : { hash, mime, bytes },
      ),
      metadata: storedMetadata(row.metadata),
      tags: (tags.get(pairId) ?? []).map(({ name }) => name),
      history: annotationsOf(history.get(pairId) ?? []),
    }
  })
}

/** Pairs of a chunk that are alike in split, source and features. */
export type SurveyedPairs = {
  split: string
  source: string
  features: PairFeatures
  pairs: number
  /** Over the pairs that have such an SFC. */
  prior: { sum: number; pairs: number }
  audit: { sum: number; pairs: number }
  /** The different images among them. */
  images: { hash: string; bytes: number }[]
  /** The ids that they bring along, where asked for. */
  externalIds: string[]
  /** The place of each pair's group, where a seed is given; see `groupPlace`. */
  places: number[]
  /** Pairs of an import that is not finished, which have no group yet. */
  ungrouped: number
}

/**
 * What the next pairs of the selection behind `afterId` are like, without their texts; `last` is null at the end. So an
 * export is planned in one pass that leaves the texts where they are.
 */
export function surveyChunk(
  db: Database,
  afterId: number,
  limit: number,
  selection: ExportSelection & { externalIds: boolean; seed: number | null },
): { last: number | null; found: SurveyedPairs[] } {
  const rows = stored(db, afterId, limit, selection)
  const ids = JSON.stringify(rows.map(({ pairId }) => pairId))
  const images = imagesOf(db, ids)
  const tagged = new Set(
    statement<{ pairId: number }>(db, 'SELECT DISTINCT pair_id AS pairId FROM pair_tags WHERE pair_id IN (SELECT value FROM json_each(?))')
      .all(ids)
      .map(({ pairId }) => pairId),
  )
  const found = new Map<string, SurveyedPairs & { seen: Set<string> }>()
  for (const row of rows) {
    const shown = images.get(row.pairId) ?? []
    const scores = scoresOf(db, row, selection)
    const features = pairFeatures({
      ...textsOf(row, selection),
      messages: messagesHold(row, selection) ? storedMessages(row.messages) : null,
      images: shown.length,
      missing: shown.filter(({ hash }) => hash === null).length,
      metadata: row.metadata !== '{}',
      tags: tagged.has(row.pairId),
      reviewed: row.annotated === 1 || row.status !== 'unreviewed',
      scored: scores.priorSfc !== null,
    })
    const { split, source } = row
    const key = JSON.stringify([split, source, features])
    let like = found.get(key)
    if (!like) {
      like = {
        split,
        source,
        features,
        pairs: 0,
        prior: { sum: 0, pairs: 0 },
        audit: { sum: 0, pairs: 0 },
        images: [],
        externalIds: [],
        places: [],
        ungrouped: 0,
        seen: new Set(),
      }
      found.set(key, like)
    }
    like.pairs++
    for (const [of, sfc] of [
      [like.prior, scores.priorSfc],
      [like.audit, scores.auditSfc],
    ] as const) {
      if (sfc === null) continue
      of.sum += sfc
      of.pairs++
    }
    for (const { hash, bytes } of shown) {
      if (hash === null || like.seen.has(hash)) continue
      like.seen.add(hash)
      like.images.push({ hash, bytes })
    }
    if (selection.externalIds && row.externalId !== null) like.externalIds.push(row.externalId)
    if (row.groupId === null) like.ungrouped++
    if (selection.seed !== null) like.places.push(groupPlace(row.groupId ?? '', selection.seed))
  }
  return { last: rows.at(-1)?.pairId ?? null, found: [...found.values()].map(({ seen: _, ...like }) => like) }
}

function stored(db: Database, afterId: number, limit: number, { filter, label }: ExportSelection): Stored[] {
  const conditions = new Conditions()
  conditions.addCondition('s.pair_id > ?', afterId)
  addFilter(db, conditions, filter, { residual: true })
  addRanges(conditions, filter, () => true)
  return statement<Stored>(
    db,
    `SELECT s.pair_id AS pairId, p.uid, p.external_id AS externalId, o.name AS source,
            ${label === 'original' ? 'p.split' : 's.split'} AS split, s.status, s.group_id AS groupId, p.prompt, p.chosen, p.rejected,
            p.messages, p.metadata, p.tied, a.prompt AS nowPrompt, a.chosen AS nowChosen, a.rejected AS nowRejected,
            s.annotation_id IS NOT NULL AS annotated, s.text_margin AS textMargin, s.mm_margin AS mmMargin, t.text_hash AS scoredHash,
            s.stale, s.text_hash AS presentHash, p.text_hash AS importedHash
     FROM pair_state s NOT INDEXED CROSS JOIN pairs p ON p.id = s.pair_id CROSS JOIN sources o ON o.id = s.source_id
     LEFT JOIN annotations a ON a.id = s.annotation_id LEFT JOIN text_scores t ON t.scan_id = s.scan_id AND t.pair_id = s.pair_id
     ${conditions.where} ORDER BY s.pair_id LIMIT ?`,
  ).all(...conditions.parameters, limit)
}

const NO_SCORES = { priorSfc: null, auditSfc: null, quadrant: null }

/** The numbers for the label that is written; null where they are of another text. */
function scoresOf(db: Database, row: Stored, { label }: ExportSelection): Pick<ExportRow, 'priorSfc' | 'auditSfc' | 'quadrant'> {
  const { pairId, textMargin, mmMargin, scoredHash, stale, presentHash, importedHash } = row
  if (textMargin === null || scoredHash === null) return NO_SCORES
  const sameText = orientation(db, pairId, scoredHash, presentHash) !== 0
  // Numbers of an earlier text are as they were scored, all others as the label stands now.
  const turn = orientation(db, pairId, sameText ? presentHash : scoredHash, label === 'original' ? importedHash : presentHash)
  if (turn === 0) return NO_SCORES
  // Stale with the same text: the images are others than those that the reference saw.
  const seen = stale && sameText ? null : mmMargin
  const [text, mm] = turn === 1 ? [textMargin, seen] : [turned(textMargin), seen === null ? null : turned(seen)]
  const loss = softplusNeg(text)
  return { priorSfc: priorSfc(loss), auditSfc: mm === null ? null : sfc(softplusNeg(mm), loss), quadrant: quadrantOf(text, mm) }
}

function textsOf(row: Stored, { label }: ExportSelection): Texts {
  const { prompt, chosen, rejected } = row
  if (label === 'original') return { prompt, chosen, rejected }
  return { prompt: row.nowPrompt ?? prompt, chosen: row.nowChosen ?? chosen, rejected: row.nowRejected ?? rejected }
}

/** An edited prompt is a plain text: the turns that it replaced say nothing any more. */
const messagesHold = (row: Stored, { label }: ExportSelection): boolean =>
  label === 'original' || row.nowPrompt === null || row.nowPrompt === row.prompt

type StoredImage = { pairId: number; position: number } & (
  { hash: string; mime: string; bytes: number; reference: null } | { hash: null; mime: null; bytes: null; reference: string }
)

/** The images of the pairs whose numbers `ids` lists, in the order of their prompts. */
function imagesOf(db: Database, ids: string): Map<number, StoredImage[]> {
  return byPair(
    statement<StoredImage>(
      db,
      `SELECT i.pair_id AS pairId, i.position, i.hash, m.mime, m.bytes, NULL AS reference
     FROM pair_images i JOIN media m ON m.hash = i.hash WHERE i.pair_id IN (SELECT value FROM json_each(?))
     UNION ALL
     SELECT pair_id, position, NULL, NULL, NULL, reference FROM missing_images WHERE pair_id IN (SELECT value FROM json_each(?))
     ORDER BY 1, 2`,
    ).all(ids, ids),
  )
}

type StoredAnnotation = Omit<ExportAnnotation, 'blind'> & { pairId: number; id: number; blind: 0 | 1 }

function annotationsOf(entries: readonly StoredAnnotation[]): ExportAnnotation[] {
  const order = new Map(entries.map(({ id }, index) => [id, index]))
  return entries.map(({ action, reverts, status, prompt, chosen, rejected, blind, annotator, at }) => ({
    ...{ action, status, prompt, chosen, rejected, annotator, at },
    reverts: reverts === null ? null : (order.get(reverts) ?? null),
    blind: blind === 1,
  }))
}

function byPair<Row extends { pairId: number }>(rows: readonly Row[]): Map<number, Row[]> {
  const found = new Map<number, Row[]>()
  for (const row of rows) {
    const list = found.get(row.pairId)
    if (list) list.push(row)
    else found.set(row.pairId, [row])
  }
  return found
}
