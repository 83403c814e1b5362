import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import { statement } from '../sqlite/statement.ts'
import { storedJson } from '../sqlite/stored-json.ts'

const testedOn = z.object({ sources: z.array(z.string()) })

/** A held-out mm margin of a text and images: `run` is a training run's id, or `probe:ID` of a probe. `images` as in `imagesNow`; null: not noted. */
export type Reference = { run: string; margin: number; textHash: string; images: string | null }

/** Pairs with ids above `after` and up to `last`. */
export type Stretch = { after: number; last: number }

/** SQL of the images that a pair shows now, as scores note them: `pair` is an expression for its number. */
export const IMAGES = (pair: string): string =>
  `(SELECT coalesce(group_concat(substr(hash, 1, 16), ' ' ORDER BY position), '') FROM pair_images WHERE pair_id = ${pair})`

export function imagesNow(db: Database, pairId: number): string {
  return statement<{ images: string }>(db, `SELECT ${IMAGES('?')} AS images`).get(pairId)?.images ?? ''
}

/** How the probe with this number is named where runs are. */
export const probeName = (id: number): string => `probe:${id}`

/**
 * For each pair of a stretch the margin of the latest MM-RM of its own environment that was tested on it and trained on no pair of its group;
 * where there is none, that of the latest probe. A probe that gains nothing from the image is no reference: an SFC would compare two models
 * that read the text alone.
 */
export function heldOutReferences(db: Database, { after, last }: Stretch): Map<number, Reference> {
  const found = new Map<number, Reference>()
  const probe = statement<{ id: number; gain: number }>(
    db,
    "SELECT id, json_extract(findings, '$.imageGain.low') AS gain FROM mm_scans WHERE finished_at IS NOT NULL ORDER BY finished_at DESC, id DESC LIMIT 1",
  ).get()
  if (probe && probe.gain > 0) {
    const run = probeName(probe.id)
    const scores = statement<{ pairId: number } & Omit<Reference, 'run'>>(
      db,
      'SELECT pair_id AS pairId, margin, text_hash AS textHash, images FROM mm_scores WHERE mm_scan_id = ? AND pair_id > ? AND pair_id <= ?',
    )
    for (const { pairId, ...score } of scores.iterate(probe.id, after, last)) found.set(pairId, { run, ...score })
  }
  const runs = statement<{ id: string; options: string }>(
    db,
    "SELECT id, options FROM runs WHERE method <> 'text-only' ORDER BY created_at, id",
  ).all()
  const tested = statement<{ pairId: number } & Omit<Reference, 'run'>>(
    db,
    `SELECT e.pair_id AS pairId, e.mm_margin AS margin, p.text_hash AS textHash, p.images
     FROM run_eval e JOIN run_pairs p ON p.run_id = e.run_id AND p.pair_id = e.pair_id
     JOIN pair_state s ON s.pair_id = e.pair_id JOIN sources o ON o.id = s.source_id
     WHERE e.run_id = ? AND e.pair_id > ? AND e.pair_id <= ? AND e.mm_margin IS NOT NULL AND p.role = 'test' AND p.regrouped = 0 AND o.name IN (SELECT value FROM json_each(?))`,
  )
  for (const { id: run, options } of runs) {
    const { sources } = storedJson(testedOn, options, 'runs.options')
    for (const { pairId, ...score } of tested.all(run, after, last, JSON.stringify(sources))) found.set(pairId, { run, ...score })
  }
  return found
}
