import type { Database } from 'better-sqlite3'
import type { Message } from '../../core/messages.ts'
import { missingImage } from '../../core/identity.ts'
import { pairUid } from '../hash.ts'
import type { NewMedia } from '../pairs/batch.ts'
import { resumable } from '../resumable.ts'
import { statement } from '../statement.ts'

/** Images that pairs name and the project lacks: how many pairs, and how many different names. */
export function counts(db: Database): { pairs: number; images: number } {
  const found = statement<{ pairs: number; images: number }>(
    db,
    `SELECT (SELECT count(*) FROM pair_state INDEXED BY state_incomplete WHERE missing_images > 0) AS pairs,
            (SELECT count(DISTINCT reference) FROM missing_images) AS images`,
  ).get()
  if (!found) throw new Error('a count has one row')
  return found
}

/** The names that most pairs use, with why each image was not taken. */
export function examples(db: Database, limit: number): { reference: string; reason: string; pairs: number }[] {
  return statement<{ reference: string; reason: string; pairs: number }>(
    db,
    'SELECT reference, min(reason) AS reason, count(*) AS pairs FROM missing_images GROUP BY reference ORDER BY pairs DESC, reference LIMIT ?',
  ).all(limit)
}

/** Different names in their order behind `after`, which is '' for the first. */
export function references(db: Database, after: string, limit: number): string[] {
  return statement<{ reference: string }>(
    db,
    'SELECT DISTINCT reference FROM missing_images WHERE reference > ? ORDER BY reference LIMIT ?',
  ).all(after, limit).map(({ reference }) => reference)
}

/** Notes why an image is still missing. */
export function explain(db: Database, reference: string, reason: string): void {
  statement(db, 'UPDATE missing_images SET reason = ? WHERE reference = ? AND reason <> ?').run(reason, reference, reason)
}

type Row = { pairId: number; position: number }

/**
 * Gives an image that was found to the pairs that name it, at most `limit` of them in a transaction; gives how many, and
 * how many of these lack nothing any more. Their identity is that of the complete pair from then on, and `assignGroups`
 * is to be called. The texts stay, and so do scores of a proxy, which never saw an image.
 */
export function heal(db: Database, reference: string, image: NewMedia, limit: number): { healed: number; complete: number } {
  return resumable(db, () => {
    const { hash, mime, width, height, bytes } = image
    statement(db, 'INSERT INTO media (hash, mime, width, height, bytes) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING').run(hash, mime, width, height, bytes)
    const rows = statement<Row>(db, 'SELECT pair_id AS pairId, position FROM missing_images WHERE reference = ? LIMIT ?').all(reference, limit)
    const changed = new Set<number>()
    for (const { pairId, position } of rows) {
      statement(db, 'DELETE FROM missing_images WHERE pair_id = ? AND position = ?').run(pairId, position)
      statement(db, 'INSERT INTO pair_images (pair_id, position, hash) VALUES (?, ?, ?)').run(pairId, position, hash)
      changed.add(pairId)
    }
    let complete = 0
    for (const pairId of changed) complete += refresh(db, pairId) === 0 ? 1 : 0
    return { healed: changed.size, complete }
  })
}

/** Brings what a pair derives from its images up to date; gives how many it still lacks. */
function refresh(db: Database, pairId: number): number {
  const shown = statement<{ image: string; missing: 0 | 1 }>(
    db,
    `SELECT image, missing FROM (
       SELECT position, hash AS image, 0 AS missing FROM pair_images WHERE pair_id = ?
       UNION ALL SELECT position, reference, 1 FROM missing_images WHERE pair_id = ?) ORDER BY position`,
  ).all(pairId, pairId)
  const pair = statement<{ prompt: string; chosen: string; rejected: string; messages: string | null }>(
    db,
    'SELECT prompt, chosen, rejected, messages FROM pairs WHERE id = ?',
  ).get(pairId)
  if (!pair) throw new Error(`there is no pair ${pairId}`)
  const images = shown.map(({ image, missing }) => (missing === 1 ? missingImage(image) : image))
  const messages = pair.messages === null ? null : (JSON.parse(pair.messages) as Message[])
  statement(db, 'UPDATE pairs SET uid = ? WHERE id = ?').run(pairUid(pair.prompt, pair.chosen, pair.rejected, images, messages), pairId)
  const lacking = shown.filter(({ missing }) => missing === 1).length
  statement(db, 'UPDATE pair_state SET missing_images = ?, group_id = NULL WHERE pair_id = ?').run(lacking, pairId)
  return lacking
}
