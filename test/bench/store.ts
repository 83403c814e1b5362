import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { PairFilter, PairSort } from '../../src/contract/pairs.ts'
import { random } from '../../src/core/random.ts'
import { createProject } from '../../src/db/open.ts'
import { insertBatch } from '../../src/db/pairs/insert.ts'
import * as annotations from '../../src/db/queries/annotations.ts'
import * as pairs from '../../src/db/queries/pairs.ts'

// How the store does with many pairs. Usage: node test/bench/store.ts [pairs]
const N = Number(process.argv[2] ?? 200_000)
const BATCH = 5_000

const folder = mkdtempSync(join(tmpdir(), 'blindfold-bench-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
const { db, close } = createProject(join(folder, 'bench.blindfold'))
const r = random('bench')
const words = Array.from({ length: 5000 }, (_, i) => `word${i.toString(36)}`)
const text = (n: number) => Array.from({ length: n }, () => words[Math.floor(r.next() ** 3 * words.length)]).join(' ')

function timed(name: string, work: () => number | void): void {
  const start = performance.now()
  const done = work()
  const seconds = (performance.now() - start) / 1000
  console.log(`${name.padEnd(56)} ${seconds.toFixed(2).padStart(8)} s ${done ? `${Math.round(done / seconds).toLocaleString('en')}/s` : ''}`)
}

/** Median and 95th percentile in ms. */
function repeated(name: string, times: number, work: (i: number) => unknown): void {
  const took = Array.from({ length: times }, (_, i) => {
    const start = performance.now()
    work(i)
    return performance.now() - start
  }).sort((a, b) => a - b)
  const at = (share: number) => (took[Math.floor(share * (times - 1))] ?? NaN).toFixed(2).padStart(8)
  console.log(`${name.padEnd(56)} ${at(0.5)} ms p50 ${at(0.95)} ms p95`)
}

const rows = Array.from({ length: N }, (_, i) => ({
  row: i + 1, externalId: `id${i}`, prompt: `${i} ${text(12)}`, chosen: text(30), rejected: text(30), metadata: {}, raw: '',
  images: [Math.floor(i / 3).toString(16).padStart(64, '0')],
}))
for (const source of ['a', 'b']) {
  db.prepare("INSERT INTO sources (name, created_at) VALUES (?, '')").run(source)
  db.prepare("INSERT INTO imports (source_id, split, file, format, images_dir, created_at) SELECT id, 'train', 'f', 'trl', '', '' FROM sources WHERE name = ?").run(source)
}
timed(`import ${N.toLocaleString('en')} pairs with images, search and progress`, () => {
  for (let at = 0; at < N; at += BATCH) {
    const batch = rows.slice(at, at + BATCH)
    const media = batch.flatMap(({ images }) => images).map((hash) => ({ hash, mime: 'image/png', width: 1, height: 1, bytes: 1 }))
    insertBatch(db, { importId: at < N / 2 ? 1 : 2, media, pairs: batch, rejections: [], records: at + batch.length })
  }
  return N
})
timed('group all pairs', () => {
  pairs.assignGroups(db)
  return N
})
timed('group again, nothing new', () => {
  pairs.assignGroups(db)
  return N
})
db.exec("UPDATE pair_state SET sfc = abs(random() % 1000000) / 1e6, text_margin = random() % 1000 / 250.0, quadrant = CASE WHEN random() % 2 THEN 'text-right' ELSE 'text-wrong' END, scored_hash = text_hash WHERE pair_id % 10 > 0")

const page = (filter: PairFilter, sort: PairSort, cursor: string | null) => pairs.list(db, { filter, sort, cursor, limit: 100 })
for (const [name, filter, sort] of [
  ['all by sfc', {}, 'sfc'],
  ['one source by -sfc', { sources: ['a'] }, '-sfc'],
  ['quadrant, status and range by sfc', { quadrants: ['text-right'], statuses: ['unreviewed'], sfcMin: 0.2, sfcMax: 0.9 }, 'sfc'],
  ['all by text margin', {}, 'textMargin'],
  ['a frequent word by sfc', { text: 'word1' }, 'sfc'],
  ['a rare word by sfc', { text: 'word3un' }, 'sfc'],
  ['stale by sfc (none is: the whole index is walked)', { stale: true }, 'sfc'],
] as [string, PairFilter, PairSort][]) {
  let cursor: string | null = null
  repeated(`page of 100: ${name}`, name.includes('rare') || name.includes('stale') ? 5 : 100, () => (cursor = page(filter, sort, cursor).nextCursor))
}
repeated('neighbours of a pair', 200, (i) => pairs.neighbours(db, { pairId: 1 + ((i * 977) % N), filter: { sources: ['a'] }, sort: 'sfc' }))
repeated('count with quadrant and text', 5, () => pairs.count(db, { quadrants: ['text-right'], text: 'word1' }))
repeated('facets', 5, () => pairs.facets(db))
repeated('label a pair', 200, (i) => annotations.annotate(db, { pairId: 1 + i, action: 'flip', blind: false }, 'bench'))
timed('read all pairs in chunks of 2,000', () => {
  for (let after = 0, chunk; (chunk = pairs.chunk(db, after, 2000)).length > 0; after = chunk.at(-1)?.pairId ?? 0);
  return N
})
close()
console.log(`project.db ${(statSync(join(folder, 'bench.blindfold/project.db')).size / N / 1024).toFixed(2)} KiB a pair`)
