import type { Database } from 'better-sqlite3'
import { imageName, lostHash } from '../../core/image-names.ts'
import { promptGroupKey, sha256 } from './hash.ts'
import { resumable } from '../worker/resumable.ts'
import { markRegrouped } from '../scans/regrouped.ts'
import { statement } from '../sqlite/statement.ts'
import type { NewImage } from './batch.ts'

/**
 * A group is a connected component over the images that pairs name, whether or not their files are there, or over the prompt as
 * imported where a pair names none. An image has up to two keys: its name within the source, and its content. The group's
 * name is its smallest key, names before contents, so it depends on the content alone and stays when files arrive.
 * `group_keys` is a forest over keys: `parent` is NULL for a root, and a key without a row is its own root. `hash` is the content that
 * a name was found to have.
 */

/** Names of images sort before contents, which are hex. */
const NAME = '#'

/** Key in `meta`: groups were joined, and pairs with ids above the value may have the name of a joined one. */
const BEHIND = 'groups_behind'

/** Pairs looked at in a step of renaming, for each that may change. */
const LOOKED = 20

/** The key of an image by its name; of a lost one, whose name is its content, by that. */
export function nameKey(source: string, reference: string): string {
  return lostHash(reference) ?? NAME + sha256(imageName(source, reference))
}

function root(db: Database, key: string): string {
  const parentOf = statement<{ parent: string | null }>(db, 'SELECT parent FROM group_keys WHERE key = ?')
  for (let at = key; ;) {
    const parent = parentOf.get(at)?.parent
    if (parent == null) return at
    at = parent
  }
}

/** Makes `key` part of the group `to`, which is a root. Pairs of `key`, if there are any, are renamed by `assignGroups`. */
function attach(db: Database, key: string, to: string): void {
  statement(db, 'INSERT INTO group_keys (key, parent) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET parent = excluded.parent').run(key, to)
}

const rootsOf = (db: Database, keys: readonly string[]): string[] => [...new Set(keys.map((key) => root(db, key)))].sort()

/**
 * Joins the groups of these keys and gives the name of the one. Where two groups that may have pairs become one, all pairs are to be
 * looked through.
 */
function join(db: Database, keys: readonly string[]): string {
  const [first, ...others] = rootsOf(db, keys)
  if (first === undefined) throw new RangeError('no key to group by')
  for (const other of others) attach(db, other, first)
  if (others.length > 0) lookThrough(db)
  return first
}

/** All pairs are to be looked through for groups that joined and scores that are no longer held out. */
function lookThrough(db: Database): void {
  statement(db, "INSERT OR REPLACE INTO meta (key, value) VALUES (?, '0')").run(BEHIND)
}

/** Binds a name to the content it was found to have. False where it has another one already: then the content alone counts. */
function bind(db: Database, name: string, hash: string): boolean {
  if (name === hash) return true
  const known = statement<{ hash: string | null }>(db, 'SELECT hash FROM group_keys WHERE key = ?').get(name)
  if (known?.hash != null) return known.hash === hash
  statement(db, 'INSERT INTO group_keys (key, hash) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET hash = excluded.hash').run(name, hash)
  return true
}

/** Images of a pair as they are stored: a reference stays where it names the content without doubt. */
export type GroupedImages = { group: string | null; images: NewImage[] }

/**
 * The group of a new pair with these images; null where they are of several groups, which `assignGroups` then joins. An image that
 * is new to the project (`isNew`) belongs to no group yet and comes into that of its name at once.
 */
export function groupOfImages(db: Database, source: string, given: readonly NewImage[], isNew: (hash: string) => boolean): GroupedImages {
  const keys: string[] = []
  const images = given.map((image): NewImage => {
    if (typeof image === 'string') {
      keys.push(image)
      return image
    }
    if ('missing' in image) {
      keys.push(nameKey(source, image.missing))
      return image
    }
    const name = nameKey(source, image.reference)
    if (!bind(db, name, image.hash)) {
      keys.push(image.hash)
      return image.hash
    }
    if (isNew(image.hash) && root(db, image.hash) === image.hash && name !== image.hash) attach(db, image.hash, root(db, name))
    keys.push(name, image.hash)
    return image
  })
  const [label, ...others] = rootsOf(db, keys)
  return { group: others.length === 0 ? (label ?? null) : null, images }
}

/**
 * A missing image of this source was found: its content, new to the project or not, belongs to the group of its name. False where the name
 * has another content: the pair goes by the content alone, and may come into a group that other folds have.
 */
export function foundImage(db: Database, source: string, reference: string, hash: string, isNew: boolean): boolean {
  const name = nameKey(source, reference)
  if (!bind(db, name, hash)) {
    lookThrough(db)
    return false
  }
  if (isNew && name !== hash && root(db, hash) === hash) attach(db, hash, root(db, name))
  return true
}

/** The keys of a pair that is stored: of its images, or of its prompt where it names none. */
export function keysOf(db: Database, pairId: number): string[] {
  const images = statement<{ source: string; hash: string | null; reference: string | null }>(
    db,
    `SELECT o.name AS source, i.hash, i.reference FROM (
       SELECT hash, reference FROM pair_images WHERE pair_id = ? UNION ALL SELECT NULL, reference FROM missing_images WHERE pair_id = ?) i
     JOIN pairs p ON p.id = ? JOIN sources o ON o.id = p.source_id`,
  ).all(pairId, pairId, pairId)
  if (images.length === 0)
    return [promptGroupKey(statement<{ prompt: string }>(db, 'SELECT prompt FROM pairs WHERE id = ?').get(pairId)?.prompt ?? '')]
  return images.flatMap(({ source, hash, reference }) => [
    ...(reference === null ? [] : [nameKey(source, reference)]),
    ...(hash === null ? [] : [hash]),
  ])
}

/** Whether a stored pair is in the group of all its keys. */
export function isInItsGroup(db: Database, pairId: number, group: string | null): boolean {
  const roots = rootsOf(db, keysOf(db, pairId))
  return roots.length === 1 && roots[0] === group
}

/** Where a call stopped: behind this pair. */
export type GroupCursor = { after: number }

/**
 * Gives pairs that have no group theirs, joining the groups that their images connect; then pairs of a joined group get its name.
 * About `limit` pairs change in a call, in one transaction. To be called until `next` is null; what a stop leaves is taken up
 * by the next call. Scores of pairs whose group fell into several folds are marked as not held out.
 */
export function assignGroups(db: Database, limit = Infinity): { changed: number; next: GroupCursor | null } {
  return resumable(db, () => {
    const room = Number.isFinite(limit) ? limit : -1
    const waiting = statement<{ id: number }>(
      db,
      'SELECT pair_id AS id FROM pair_state INDEXED BY state_ungrouped WHERE group_id IS NULL ORDER BY pair_id LIMIT ?',
    ).all(room)
    const set = statement(db, 'UPDATE pair_state SET group_id = ? WHERE pair_id = ?')
    for (const { id } of waiting) set.run(join(db, keysOf(db, id)), id)
    const left = room < 0 ? -1 : room - waiting.length
    if (left === 0) return { changed: waiting.length, next: { after: waiting.at(-1)?.id ?? 0 } }
    const renamed = rename(db, left)
    return { changed: waiting.length + renamed.changed, next: renamed.next }
  })
}

/** Gives pairs of joined groups their group's name, at most `room` of them (-1: all). */
function rename(db: Database, room: number): { changed: number; next: GroupCursor | null } {
  const from = statement<{ value: string }>(db, 'SELECT value FROM meta WHERE key = ?').get(BEHIND)?.value
  if (from === undefined) return { changed: 0, next: null }
  const looked = room < 0 ? -1 : room * LOOKED
  const rows = statement<{ id: number; group: string | null }>(
    db,
    'SELECT pair_id AS id, group_id AS "group" FROM pair_state WHERE pair_id > ? ORDER BY pair_id LIMIT ?',
  ).all(Number(from), looked)
  const set = statement(db, 'UPDATE pair_state SET group_id = ? WHERE pair_id = ?')
  const known = new Map<string, string>()
  let changed = 0
  for (const { id, group } of rows) {
    if (group === null) continue
    let name = known.get(group)
    if (name === undefined) known.set(group, (name = root(db, group)))
    if (name === group) continue
    set.run(name, id)
    if (++changed === room) return paused(db, changed, id)
  }
  const last = rows.at(-1)
  if (last && rows.length === looked) return paused(db, changed, last.id)
  statement(db, 'DELETE FROM meta WHERE key = ?').run(BEHIND)
  markRegrouped(db)
  return { changed, next: null }
}

function paused(db: Database, changed: number, after: number): { changed: number; next: GroupCursor } {
  statement(db, 'INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)').run(BEHIND, String(after))
  return { changed, next: { after } }
}

/** Finishes what a migration or a process that ended has begun. */
export function catchUpGroups(db: Database): void {
  if (statement(db, 'SELECT 1 FROM meta WHERE key = ?').get(BEHIND)) assignGroups(db)
}
