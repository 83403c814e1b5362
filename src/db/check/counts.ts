import type { Database } from 'better-sqlite3'
import { found, type Found, type Place } from './finding.ts'

const COUNTED = `
  SELECT source_id, split, status, coalesce(quadrant, '') AS quadrant, stale, missing_images > 0 AS incomplete, count(*) AS pairs
  FROM pair_state GROUP BY 1, 2, 3, 4, 5, 6`
const KEPT = 'SELECT source_id, split, status, quadrant, stale, incomplete, pairs FROM pair_counts WHERE pairs <> 0'
const TAGGED = 'SELECT id, (SELECT count(*) FROM pair_tags WHERE tag_id = tags.id) AS pairs FROM tags'

/** The counts that filters show, which are kept beside the pairs, against the pairs. */
export function checkCounts({ db, progress }: Place): Found[] {
  progress('Checking counts', 0, 1)
  const kinds = db
    .prepare(
      `SELECT status || ' in ' || iif(split = '', 'no split', split) FROM (SELECT * FROM (${COUNTED} EXCEPT ${KEPT}) UNION SELECT * FROM (${KEPT} EXCEPT ${COUNTED}))`,
    )
    .pluck()
    .all() as string[]
  const tags = db.prepare(`SELECT name FROM tags JOIN (${TAGGED}) t USING (id) WHERE t.pairs <> tags.pairs`).pluck().all() as string[]
  return found(
    [...new Set(kinds), ...tags.map((name) => `tag ${name}`)],
    { code: 'counts-differ', what: 'The counts beside filters do not match the pairs.', repair: 'counts the pairs again' },
    String,
    () => mendCounts(db),
  )
}

/** Recounts pairs and tags. */
export function mendCounts(db: Database): void {
  db.exec(`DELETE FROM pair_counts;
    INSERT INTO pair_counts (source_id, split, status, quadrant, stale, incomplete, pairs) ${COUNTED};
    UPDATE tags SET pairs = (SELECT count(*) FROM pair_tags WHERE tag_id = tags.id)`)
}
