import type { Database } from 'better-sqlite3'
import { hash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { annotateInput } from '../../src/contract/pairs.ts'
import { mediaSegments, thumbnailSegments } from '../../src/core/image-type.ts'
import { createProject } from '../../src/db/project/open.ts'
import { assignGroups } from '../../src/db/pairs/groups.ts'
import { insertBatch } from '../../src/db/pairs/insert.ts'
import { indexWords } from '../../src/db/pairs/search-index.ts'
import * as annotations from '../../src/db/annotations/queries.ts'
import * as tags from '../../src/db/tags/queries.ts'
import { beginImport, newPair } from './project.ts'

export const PAIRS = 24
/** Different images; the last one belongs to the last pair alone. */
const IMAGES = 7

/** The bytes that stand for an image, and their hash. Nobody decodes them. */
export function imageFile(n: number): { bytes: Buffer; hash: string } {
  const bytes = Buffer.from(`the bytes of image ${n} `.repeat(50))
  return { bytes, hash: hash('sha256', bytes, 'hex') }
}

/** The path of the image with this number in a project. */
export const imagePath = (n: number): string => join(...mediaSegments(imageFile(n).hash)!)

/**
 * A project in `folder` with something of everything that a check looks at: images with thumbnails, pairs with two images
 * and with none, ties, missing images, labels of all sorts, tags, a scan, a run and their jobs.
 */
export function makeWholeProject(folder: string): void {
  const { db, close } = createProject(folder)
  const images = Array.from({ length: IMAGES }, (_, n) => imageFile(n))
  for (const { hash, bytes } of images) {
    write(folder, mediaSegments(hash)!, bytes)
    write(folder, thumbnailSegments(hash)!, Buffer.from('small'))
  }
  const shown = (i: number) =>
    i === PAIRS - 1
      ? [images[IMAGES - 1]!.hash]
      : i % 4 === 0
        ? []
        : i % 4 === 1
          ? [images[i % 6]!.hash, images[(i + 1) % 6]!.hash]
          : [images[i % 6]!.hash]
  const pairs = Array.from({ length: PAIRS }, (_, i) =>
    newPair(i + 1, { images: i === 5 ? [{ missing: 'lost.png', reason: 'not there' }, ...shown(i)] : shown(i), tied: i === 6 }),
  )
  const importId = beginImport(db, 'src', 'train')
  insertBatch(db, {
    importId,
    media: images.map(({ hash, bytes }) => ({ hash, mime: 'image/png', width: 8, height: 8, bytes: bytes.length })),
    pairs,
    rejections: [],
    records: PAIRS,
  })
  db.prepare('UPDATE imports SET finished = 1').run()
  db.prepare('UPDATE media SET thumbnail = 1').run()
  assignGroups(db)
  while (indexWords(db, 1000) > 0);
  label(db, 1, { action: 'flip' })
  label(db, 2, { action: 'edit', prompt: 'a new question', chosen: 'a zebra', rejected: 'a giraffe' })
  label(db, 3, { action: 'discard' })
  annotations.undo(db, 'tester')
  label(db, 4, { action: 'tie' })
  tags.change(db, 5, { add: ['x', 'y'], remove: [] })

  const job = db.prepare(
    `INSERT INTO jobs (id, kind, title, status, input, result, created_at, started_at, ended_at)
     VALUES (?, ?, '', ?, '{}', ?, '2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z', ?)`,
  )
  job.run('scanning', 'scan', 'succeeded', '{}', '2026-01-01T00:00:00.000Z')
  job.run('training', 'train', 'running', null, null)
  db.exec(`INSERT INTO scans (job_id, proxy, seed, folds, dir, finished_at, created_at)
             VALUES ('scanning', 'lexical', 0, 5, 'scans/scanning', '2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z');
           INSERT INTO runs (id, job_id, method, train_source, seed, options, dir, snapshot_hash, train_pairs, test_pairs, pid, pid_started, created_at)
             VALUES ('run', 'training', 'standard', 'src', 0, '{}', 'runs/run', '', 1, 1, 99999, 'then', '2026-01-01T00:00:00.000Z')`)
  for (const path of ['scans/scanning/all.onnx', 'runs/run/checkpoints/last.pt', 'logs/scanning.log', 'logs/training.log'])
    write(folder, path.split('/'), Buffer.from(path))
  close()
}

export const label = (db: Database, pairId: number, input: object) =>
  annotations.annotate(db, annotateInput.parse({ pairId, ...input }), 'tester')

function write(folder: string, segments: readonly string[], bytes: Buffer): void {
  mkdirSync(join(folder, ...segments.slice(0, -1)), { recursive: true })
  writeFileSync(join(folder, ...segments), bytes)
}
