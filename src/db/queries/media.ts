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
