import type { Database } from 'better-sqlite3'
import { promptGroupKey } from '../hash.ts'
import { resumable } from '../resumable.ts'
import { statement } from '../statement.ts'

/**
 * A group is a connected component over shared images, or over the prompt as imported where a pair has no image; its name
 * is the smallest key in it, so it depends on the content alone and not on the order of imports. `media.group_id` keeps
 * the group of each image, so that a new pair finds its own without a look at the others.
 */

/** The group of a pair with these images; null where they are of several groups, which `assignGroups` then joins. */
export function groupLabel(db: Database, hashes: readonly string[]): string | null {
  const [label, ...others] = labels(db, hashes)
  return others.length === 0 ? (label ?? null) : null
}

/** The different groups of images, the one with the smallest name first. */
function labels(db: Database, hashes: readonly string[]): string[] {
  const labelOf = statement<{ label: string }>(db, 'SELECT coalesce(group_id, hash) AS label FROM media WHERE hash = ?')
  return [...new Set(hashes.map((hash) => labelOf.get(hash)?.label ?? hash))].sort()
}

/** Where a joining of groups goes on: behind pair `after` among those that show image `hash`. */
export type GroupCursor = { hash: string; after: number }

/**
 * Gives pairs that have no group theirs, joining the groups that their images connect: about `limit` pairs change in a
 * call, in one transaction. To be called, with the `next` it gave, until that is null; what a stop leaves is taken up by
 * the next call without one.
 */
export function assignGroups(db: Database, limit = Infinity, from: GroupCursor | null = null): { changed: number; next: GroupCursor | null } {
  return resumable(db, () => {
      let cursor = from
      for (let changed = 0; ; ) {
        const pair = statement<{ id: number }>(
          db,
          'SELECT pair_id AS id FROM pair_state INDEXED BY state_ungrouped WHERE group_id IS NULL ORDER BY pair_id LIMIT 1',
        ).get()
        if (!pair) return { changed, next: null }
        if (changed >= limit) return { changed, next: cursor ?? { hash: '', after: 0 } }
        const step = settle(db, pair.id, limit - changed, cursor)
        changed += step.changed
        cursor = step.cursor
      }
    })
}

type Step = { changed: number; cursor: GroupCursor | null }

/** Brings one pair nearer to its group: gives it one, or moves an image with its pairs into the group it must join. */
function settle(db: Database, pairId: number, room: number, from: GroupCursor | null): Step {
  const hashes = statement<{ hash: string }>(db, 'SELECT hash FROM pair_images WHERE pair_id = ? ORDER BY position').all(pairId).map(({ hash }) => hash)
  const [target, moving] = labels(db, hashes)
  if (target === undefined || moving === undefined) {
    const prompt = statement<{ prompt: string }>(db, 'SELECT prompt FROM pairs WHERE id = ?').get(pairId)?.prompt ?? ''
    const group = target ?? promptGroupKey(prompt)
    statement(db, 'UPDATE pair_state SET group_id = ? WHERE pair_id = ?').run(group, pairId)
    return { changed: 1, cursor: null }
  }
  const image = nextOf(db, moving, hashes)
  const after = from?.hash === image ? from.after : 0
  const pairs = statement<{ id: number }>(
    db,
    `SELECT i.pair_id AS id FROM pair_images i CROSS JOIN pair_state s ON s.pair_id = i.pair_id
     WHERE i.hash = ? AND i.pair_id > ? AND s.group_id = ? ORDER BY i.pair_id LIMIT ?`,
  ).all(image, after, moving, Number.isFinite(room) ? room : -1)
  const move = statement(db, 'UPDATE pair_state SET group_id = ? WHERE pair_id = ?')
  for (const { id } of pairs) move.run(target, id)
  const last = pairs.at(-1)
  if (last && pairs.length >= room) return { changed: pairs.length, cursor: { hash: image, after: last.id } }
  statement(db, 'UPDATE media SET group_id = ? WHERE hash = ?').run(target, image)
  return { changed: Math.max(pairs.length, 1), cursor: null }
}

/**
 * The image of a group that is to be moved next: the one by which a pair joins that group comes last, or the others would be
 * left behind. The image that gave the group its name has no label of its own.
 */
function nextOf(db: Database, group: string, hashes: readonly string[]): string {
  const link = hashes.find((hash) => labels(db, [hash])[0] === group) ?? group
  const labelled = statement<{ hash: string }>(db, 'SELECT hash FROM media WHERE group_id = ? AND hash <> ? LIMIT 1').get(group, link)
  if (labelled) return labelled.hash
  const named = statement<{ hash: string }>(db, 'SELECT hash FROM media WHERE hash = ? AND group_id IS NULL').get(group)
  return named?.hash ?? link
}
