import type { Database } from 'better-sqlite3'
import type { PairFilter, PairStatus } from '../../contract/pairs.ts'
import type { Message } from '../../core/messages.ts'
import { statement } from '../sqlite/statement.ts'
import { storedMessages, storedMetadata } from '../sqlite/stored-json.ts'
import { addFilter, addIds, addRanges, addSet, Conditions } from './filter.ts'
import { imagesOf, PRESENT_TURNS } from './columns.ts'

/** A pair as it stands now, for scans, training and exports. */
export type CurrentPair = {
  pairId: number
  /** Content hash of the pair as imported. */
  id: string
  externalId: string | null
  source: string
  split: string
  status: PairStatus
  /** Null only while an import is not finished. */
  groupId: string | null
  /** Content hash of the present texts. */
  textHash: string
  prompt: string
  chosen: string
  rejected: string
  /** The prompt's turns, where prompt and images do not tell them. */
  messages: Message[] | null
  /** Content hashes in the order of the prompt. */
  images: string[]
  /** Whether it names an image, present or missing. */
  hasImage: boolean
  /** What the record held beyond the pair, as imported. */
  metadata: Record<string, unknown>
}

type Row = Omit<CurrentPair, 'images' | 'hasImage' | 'metadata' | 'messages'> & {
  metadata: string
  messages: string | null
  missing: number
}

/**
 * The next pairs by id behind `afterId` (0 for the first), at most `limit`; none when the end is reached. So a million
 * pairs are read in pieces while other queries get their turn in between. Pairs that are named, by number or as a set, are looked up.
 */
export function chunk(db: Database, afterId: number, limit: number, filter: PairFilter = {}): CurrentPair[] {
  const conditions = new Conditions()
  conditions.addCondition('s.pair_id > ?', afterId)
  const { pairIds, set, ...tested } = filter
  if (pairIds?.length) addIds(conditions, pairIds, { residual: false })
  if (set !== undefined) addSet(conditions, set, { residual: false })
  addFilter(db, conditions, tested, { residual: true })
  addRanges(conditions, filter, () => true)
  const rows = statement<Row>(
    db,
    `SELECT s.pair_id AS pairId, p.uid AS id, p.external_id AS externalId, o.name AS source, s.split, s.status,
            s.group_id AS groupId, s.text_hash AS textHash, coalesce(a.prompt, p.prompt) AS prompt,
            coalesce(a.chosen, p.chosen) AS chosen, coalesce(a.rejected, p.rejected) AS rejected, ${PRESENT_TURNS} AS messages, p.metadata,
            s.missing_images AS missing
     FROM pair_state s NOT INDEXED CROSS JOIN pairs p ON p.id = s.pair_id CROSS JOIN sources o ON o.id = s.source_id
     LEFT JOIN annotations a ON a.id = s.annotation_id
     ${conditions.where} ORDER BY s.pair_id LIMIT ?`,
  ).all(...conditions.parameters, limit)
  return rows.map(({ missing, messages, metadata, ...row }) => {
    const images = imagesOf(db, row.pairId)
    return {
      ...row,
      images,
      hasImage: images.length + missing > 0,
      messages: storedMessages(messages),
      metadata: storedMetadata(metadata),
    }
  })
}
