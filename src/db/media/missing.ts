import type { Database } from 'better-sqlite3'
import { missingImage } from '../../core/identity.ts'
import { lostHash } from '../../core/image-names.ts'
import { pairUid } from '../pairs/hash.ts'
import type { NewMedia } from '../pairs/batch.ts'
import { foundImage } from '../pairs/groups.ts'
import { resumable } from '../worker/resumable.ts'
import { renewScores, reportsChanged } from '../scans/audit.ts'
import { statement } from '../sqlite/statement.ts'
import { storedMessages } from '../sqlite/stored-json.ts'

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

/** Sources whose pairs are meant; null: all. */
type Sources = readonly string[] | null

const OF_SOURCES = `(? IS NULL OR m.pair_id IN (
  SELECT s.pair_id FROM pair_state s JOIN sources o ON o.id = s.source_id WHERE s.pair_id = m.pair_id AND o.name IN (SELECT value FROM json_each(?))))`
const named = (sources: Sources): [string | null, string | null] => {
  const names = sources && JSON.stringify(sources)
  return [names, names]
}

/** Different names in their order behind `after`, which is '' for the first, with how many pairs use each. */
export function references(db: Database, after: string, limit: number, sources: Sources = null): { reference: string; pairs: number }[] {
  return statement<{ reference: string; pairs: number }>(
    db,
    `SELECT m.reference, count(DISTINCT m.pair_id) AS pairs FROM missing_images m WHERE m.reference > ? AND ${OF_SOURCES}
     GROUP BY m.reference ORDER BY m.reference LIMIT ?`,
  ).all(after, ...named(sources), limit)
}

/** Why the image of this name is missing; null where it is not, any more. */
export function reason(db: Database, reference: string): string | null {
  return statement<{ reason: string }>(db, 'SELECT reason FROM missing_images WHERE reference = ? LIMIT 1').get(reference)?.reason ?? null
}

export type Explanation = { reference: string; reason: string }

/** Notes why images are still missing, in at most `limit` places a call; to be called until it has fewer to change. */
export function explain(db: Database, explanations: readonly Explanation[], limit: number, sources: Sources = null): number {
  const note = statement(
    db,
    `UPDATE missing_images SET reason = ? WHERE (pair_id, position) IN (
       SELECT m.pair_id, m.position FROM missing_images m WHERE m.reference = ? AND m.reason <> ? AND ${OF_SOURCES} LIMIT ?)`,
  )
  return resumable(db, () => {
    let changed = 0
    for (const { reference, reason } of explanations) {
      if (changed < limit) changed += note.run(reason, reference, reason, ...named(sources), limit - changed).changes
    }
    return changed
  })
}

type Row = { pairId: number; position: number; source: string }

/**
 * Gives an image that was found to the pairs that name it, at most `limit` of them in a transaction; gives how many, and
 * how many of these lack nothing any more. Their identity is that of the complete pair from then on, and `assignGroups`
 * is to be called. The texts stay, and so do scores of a proxy, which never saw an image, unless groups are joined; those of a
 * model that saw other images become stale.
 */
export function heal(
  db: Database,
  reference: string,
  image: NewMedia,
  limit: number,
  sources: Sources = null,
): { healed: number; complete: number } {
  return resumable(db, () => {
    const { hash, mime, width, height, bytes } = image
    const { changes } = statement(
      db,
      'INSERT INTO media (hash, mime, width, height, bytes) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
    ).run(hash, mime, width, height, bytes)
    let isNew = changes > 0
    const rows = statement<Row>(
      db,
      `SELECT m.pair_id AS pairId, m.position, (SELECT o.name FROM pairs p JOIN sources o ON o.id = p.source_id WHERE p.id = m.pair_id) AS source
       FROM missing_images m WHERE m.reference = ? AND ${OF_SOURCES} ORDER BY m.pair_id LIMIT ?`,
    ).all(reference, ...named(sources), limit)
    const changed = new Set<number>()
    for (const { pairId, position, source } of rows) {
      statement(db, 'DELETE FROM missing_images WHERE pair_id = ? AND position = ?').run(pairId, position)
      const named = foundImage(db, source, reference, hash, isNew) && lostHash(reference) === null
      statement(db, 'INSERT INTO pair_images (pair_id, position, hash, reference) VALUES (?, ?, ?, ?)').run(
        pairId,
        position,
        hash,
        named ? reference : null,
      )
      isNew = false
      changed.add(pairId)
    }
    let complete = 0
    for (const pairId of changed) complete += refresh(db, pairId) === 0 ? 1 : 0
    // Reports count groups, which images make.
    if (changed.size > 0) reportsChanged(db)
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
  const messages = storedMessages(pair.messages)
  statement(db, 'UPDATE pairs SET uid = ? WHERE id = ?').run(pairUid(pair.prompt, pair.chosen, pair.rejected, images, messages), pairId)
  const lacking = shown.filter(({ missing }) => missing === 1).length
  statement(db, 'UPDATE pair_state SET missing_images = ?, group_id = NULL WHERE pair_id = ?').run(lacking, pairId)
  renewScores(db, pairId)
  return lacking
}
