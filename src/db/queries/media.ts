import type { Database } from 'better-sqlite3'
import { statement } from '../statement.ts'

/** An image of the project. Size in pixels as shown. */
export type MediaFacts = { hash: string; mime: string; width: number; height: number; bytes: number }

/** What is known of the images with these hashes, in no particular order; unknown ones are left out. */
export function facts(db: Database, hashes: readonly string[]): MediaFacts[] {
  return statement<MediaFacts>(
    db,
    'SELECT hash, mime, width, height, bytes FROM media WHERE hash IN (SELECT value FROM json_each(?))',
  ).all(JSON.stringify(hashes))
}

/** Images that nobody has made a thumbnail of yet, at most `limit`. */
export function withoutThumbnail(db: Database, limit: number): string[] {
  return statement<{ hash: string }>(db, 'SELECT hash FROM media INDEXED BY media_without_thumbnail WHERE thumbnail = 0 LIMIT ?')
    .all(limit)
    .map(({ hash }) => hash)
}

/** 1: it is made; 2: the image is its own. */
export function setThumbnail(db: Database, hash: string, thumbnail: 1 | 2): void {
  statement(db, 'UPDATE media SET thumbnail = ? WHERE hash = ?').run(thumbnail, hash)
}
