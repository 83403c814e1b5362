import type { Database } from 'better-sqlite3'
import { hash } from 'node:crypto'
import { foldedTexts, nearResponses, repeatKey, SHARED_KINDS, type ComparedPair, type SharedKind } from '../../core/duplicates.ts'
import { statement } from '../sqlite/statement.ts'
import { storedMessages } from '../sqlite/stored-json.ts'

/** One number a pair and kind, in the order of `ids`: pairs that repeat one another have the same, few others do. */
export type RepeatHashes = { ids: Float64Array } & Record<SharedKind, Float64Array>

/** A stretch of all pairs. `next` is where the following one begins, null behind the last. */
export type HashedStretch = { hashes: RepeatHashes; nearResponses: number[]; next: number | null }

type Row = { id: number; prompt: string; chosen: string; rejected: string; messages: string | null }

/** The texts as they stand now; turns hold no longer where the prompt was edited. */
const PRESENT = `
  SELECT p.id, coalesce(a.prompt, p.prompt) AS prompt, coalesce(a.chosen, p.chosen) AS chosen,
         coalesce(a.rejected, p.rejected) AS rejected, iif(a.prompt IS NULL, p.messages, NULL) AS messages
  FROM pair_state s NOT INDEXED CROSS JOIN pairs p ON p.id = s.pair_id LEFT JOIN annotations a ON a.id = s.annotation_id`

/** The hashes of the pairs with ids above `after`, at most `limit` of them. Discarded pairs are left out. */
export function hashes(db: Database, after: number, limit: number): HashedStretch {
  const rows = statement<Row & { status: string }>(
    db,
    `${PRESENT.replace('SELECT', 'SELECT s.status,')} WHERE s.pair_id > ? ORDER BY s.pair_id LIMIT ?`,
  ).all(after, limit)
  const kept = rows.filter(({ status }) => status !== 'discarded')
  const numbers = () => new Float64Array(kept.length)
  const found: HashedStretch = {
    hashes: { ids: numbers(), 'same-pair': numbers(), 'flipped-twin': numbers(), 'near-pair': numbers(), 'same-question': numbers() },
    nearResponses: [],
    next: rows.length < limit ? null : (rows.at(-1)?.id ?? null),
  }
  const imagesOf = imagesBetween(db, after, rows.at(-1)?.id ?? after)
  kept.forEach((row, i) => {
    const pair = compared(row, imagesOf.get(row.id) ?? [])
    found.hashes.ids[i] = row.id
    const folded = foldedTexts(pair)
    for (const kind of SHARED_KINDS) found.hashes[kind][i] = shortHash(repeatKey(kind, pair, folded).key)
    if (nearResponses(folded)) found.nearResponses.push(row.id)
  })
  return found
}

/** SHA-256 of key and variant of the pairs named, as they stand now; those that are gone are left out. */
export function keys(db: Database, kind: SharedKind, ids: readonly number[]): { id: number; key: string; variant: string }[] {
  const named = JSON.stringify(ids)
  const images = gathered(
    statement<ImageRow>(
      db,
      `SELECT i.pair_id AS id, i.position, i.hash, NULL AS missing FROM json_each(?) j CROSS JOIN pair_images i ON i.pair_id = j.value
       UNION ALL
       SELECT m.pair_id, m.position, NULL, m.reference FROM json_each(?) j CROSS JOIN missing_images m ON m.pair_id = j.value
       ORDER BY 1, 2`,
    ).all(named, named),
  )
  const rows = statement<Row>(
    db,
    PRESENT.replace('FROM pair_state s NOT INDEXED', 'FROM json_each(?) j CROSS JOIN pair_state s ON s.pair_id = j.value'),
  ).all(named)
  return rows.map((row) => {
    const { key, variant } = repeatKey(kind, compared(row, images.get(row.id) ?? []))
    return { id: row.id, key: hash('sha256', key, 'base64'), variant: variant.length > 64 ? hash('sha256', variant, 'base64') : variant }
  })
}

function compared({ prompt, chosen, rejected, messages }: Row, images: ComparedPair['images']): ComparedPair {
  return { prompt, chosen, rejected, images, messages: storedMessages(messages) }
}

/** 53 bits of SHA-256, as a number that typed arrays hold and sort. */
function shortHash(key: string): number {
  const bytes = hash('sha256', key, 'buffer')
  return bytes.readUInt32LE(0) * 0x20_0000 + (bytes.readUInt32LE(4) >>> 11)
}

type ImageRow = { id: number; hash: string | null; missing: string | null }

/** The images, in their order, of the pairs with ids above `after` and up to `last`. */
export function imagesBetween(db: Database, after: number, last: number): Map<number, ComparedPair['images']> {
  return gathered(
    statement<ImageRow>(
      db,
      `SELECT pair_id AS id, position, hash, NULL AS missing FROM pair_images WHERE pair_id > ? AND pair_id <= ?
       UNION ALL
       SELECT pair_id, position, NULL, reference FROM missing_images WHERE pair_id > ? AND pair_id <= ?
       ORDER BY 1, 2`,
    ).all(after, last, after, last),
  )
}

function gathered(rows: readonly ImageRow[]): Map<number, ComparedPair['images']> {
  const images = new Map<number, (string | { missing: string })[]>()
  for (const { id, hash: present, missing } of rows) {
    const of = images.get(id) ?? []
    of.push(present ?? { missing: missing ?? '' })
    images.set(id, of)
  }
  return images
}
