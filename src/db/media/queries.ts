import type { Database } from 'better-sqlite3'
import { resumable } from '../worker/resumable.ts'
import { statement } from '../sqlite/statement.ts'

/** An image of the project. Size in pixels as shown. */
export type MediaFacts = { hash: string; mime: string; width: number; height: number; bytes: number }

/** What is known of the images with these hashes, in no particular order; unknown ones are left out. */
export function facts(db: Database, hashes: readonly string[]): MediaFacts[] {
  return statement<MediaFacts>(db, 'SELECT hash, mime, width, height, bytes FROM media WHERE hash IN (SELECT value FROM json_each(?))').all(
    JSON.stringify(hashes),
  )
}

/** Images that nobody has made a thumbnail of yet, at most `limit`. Size in pixels as shown. */
export function withoutThumbnail(db: Database, limit: number): Pick<MediaFacts, 'hash' | 'width' | 'height' | 'bytes'>[] {
  return statement<MediaFacts>(
    db,
    'SELECT hash, width, height, bytes FROM media INDEXED BY media_without_thumbnail WHERE thumbnail = 0 LIMIT ?',
  ).all(limit)
}

/** Notes which thumbnails were made; the others are their own. What is lost of this is made again. */
export function setThumbnails(db: Database, images: readonly { hash: string; made: boolean }[]): void {
  const set = statement(db, 'UPDATE media SET thumbnail = ? WHERE hash = ?')
  resumable(db, () => {
    for (const { hash, made } of images) set.run(made ? 1 : 2, hash)
  })
}
