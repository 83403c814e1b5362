import type { Database } from 'better-sqlite3'
import type { PairFilter, PairSort } from '../../src/contract/pairs.ts'
import { random } from '../../src/core/random.ts'
import { exportChunk } from '../../src/db/pairs/export.ts'
import * as pairs from '../../src/db/pairs/queries.ts'
import { words } from './dataset.ts'

export type Timing = { name: string; p50: number; p95: number }

/** Audit numbers for nine of ten pairs, as a scan would leave them. */
export function score(db: Database): void {
  const last = (db.prepare('SELECT max(id) AS id FROM pairs').get() as { id: number }).id
  const set = db.prepare(
    `UPDATE pair_state SET audit_sfc = abs(random() % 1000000) / 1e6, text_margin = random() % 1000 / 250.0, text_loss = 0.5,
       quadrant = CASE abs(random() % 10) WHEN 0 THEN 'suspect-label' WHEN 1 THEN 'image-needed' WHEN 2 THEN 'shortcut-only' ELSE 'text-solvable' END
     WHERE pair_id > ? AND pair_id <= ? AND pair_id % 10 > 0`,
  )
  for (let from = 0; from < last; from += 10_000) db.transaction(() => set.run(from, from + 10_000))()
}

type Question = { name: string; filter: (i: number) => PairFilter; sort: PairSort; deep?: boolean }

/** Words of about this rank by frequency, another one each time: the first of them is in nearly all pairs. */
const word = (rank: number) => (i: number) => words[Math.min(words.length - 1, rank + i)] ?? ''

const QUESTIONS: Question[] = [
  { name: 'page, in the default order', filter: () => ({}), sort: '-textMargin', deep: true },
  { name: 'page, sorted by audit SFC, highest first, one source', filter: () => ({ sources: ['texts'] }), sort: '-auditSfc', deep: true },
  {
    name: 'source + quadrant + audit SFC range',
    filter: (i) => ({
      sources: ['texts'],
      quadrants: [i % 2 ? 'suspect-label' : 'shortcut-only'],
      auditSfcMin: (i % 40) / 100,
      auditSfcMax: (i % 40) / 100 + 0.3,
    }),
    sort: 'auditSfc',
  },
  {
    name: 'the same, sorted by id',
    filter: (i) => ({
      sources: ['pictures'],
      quadrants: ['suspect-label'],
      auditSfcMin: (i % 40) / 100,
      auditSfcMax: (i % 40) / 100 + 0.01,
    }),
    sort: 'id',
  },
  { name: 'a rare word', filter: (i) => ({ text: `${word(30_000)(i * 37)} ` }), sort: '-textMargin' },
  { name: 'a medium word', filter: (i) => ({ text: word(800)(i * 7) }), sort: '-textMargin' },
  { name: 'a very common word', filter: (i) => ({ text: `"${word(0)(i % 20)}" ${word(0)((i * 3 + 1) % 20)}` }), sort: '-textMargin' },
  { name: 'two words, common and medium', filter: (i) => ({ text: `${word(5)(i % 30)} ${word(500)(i * 5)}` }), sort: '-textMargin' },
  { name: 'beginning of three letters', filter: (i) => ({ text: word(20)(i * 11).slice(0, 3) }), sort: '-textMargin' },
  { name: 'beginning of five letters', filter: (i) => ({ text: word(200)(i * 11).slice(0, 5) }), sort: '-textMargin' },
  {
    name: 'a medium word + source + quadrant',
    filter: (i) => ({ text: word(800)(i * 7), sources: ['texts'], quadrants: ['text-solvable'] }),
    sort: '-auditSfc',
  },
  { name: 'a medium word without a common one', filter: (i) => ({ text: `${word(800)(i * 7)} -${word(5)(i % 30)}` }), sort: '-textMargin' },
  { name: 'all without a common word', filter: (i) => ({ text: `-${word(5)(i % 30)}` }), sort: '-textMargin' },
]

/** Median and 95th percentile of a piece of work done so often, ms; the first time counts like any other. */
export function timed(name: string, work: (i: number) => unknown, runs = 100): Timing {
  const took = Array.from({ length: runs }, (_, i) => {
    const began = performance.now()
    work(i)
    return performance.now() - began
  }).sort((a, b) => a - b)
  const at = (share: number) => took[Math.ceil(share * took.length) - 1] ?? NaN
  return { name, p50: at(0.5), p95: at(0.95) }
}

/** Median and 95th percentile of each question. */
export function timings(db: Database): Timing[] {
  const found = QUESTIONS.map(({ name, filter, sort, deep }) => {
    let cursor: string | null = null
    return timed(name, (i) => {
      const page = pairs.list(db, { filter: filter(i), sort, cursor, limit: 100 })
      cursor = deep ? page.nextCursor : null
    })
  })
  const { int } = random('neighbours')
  const last = pairs.searchState(db).last
  return [
    ...found,
    timed('neighbours of a pair', () =>
      pairs.neighbours(db, { pairId: 1 + int(last), filter: { sources: ['texts'] }, sort: '-textMargin' }),
    ),
    timed('count of source + quadrant + audit SFC range', (i) => pairs.count(db, QUESTIONS[2]?.filter(i) ?? {}), 20),
    timed('count of a medium word', (i) => pairs.count(db, { text: word(800)(i * 13) }), 20),
    timed('count of all without a common word', (i) => pairs.count(db, { text: `-${word(5)(i)}` }), 20),
    timed('facets', () => pairs.facets(db)),
  ]
}

/** Pairs a second that an export reads, all of them, with images, tags and history. */
export function exportRate(db: Database): number {
  const began = performance.now()
  let read = 0
  for (let after = 0; ;) {
    const rows = exportChunk(db, after, 500, { filter: {}, label: 'current' })
    const last = rows.at(-1)
    if (!last) return read / ((performance.now() - began) / 1000)
    read += rows.length
    after = last.pairId
  }
}
