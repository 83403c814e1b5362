import type { Database } from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { pairSort, type PairFilter, type PairSort } from '../../src/contract/pairs.ts'
import { write as writeDuplicates } from '../../src/db/duplicates/store.ts'
import { createProject, openProject } from '../../src/db/project/open.ts'
import { LIMITS, type Limits } from '../../src/db/pairs/narrow.ts'
import * as annotations from '../../src/db/annotations/queries.ts'
import * as pairSets from '../../src/db/pair-sets/queries.ts'
import * as pairs from '../../src/db/pairs/queries.ts'
import * as projects from '../../src/db/project/queries.ts'
import * as tags from '../../src/db/tags/queries.ts'
import { addPairs, newPair, Project, Scratch } from './project.ts'

let project: Project

beforeAll(() => {
  project = new Project()
  for (const source of ['a', 'b']) {
    addPairs(
      project.db,
      Array.from({ length: 300 }, (_, i) => newPair(i + 1, { prompt: `${source} ${i}` })),
      source,
      'train',
    )
  }
  project.db.exec("UPDATE pair_state SET text_margin = pair_id % 13 - 6, quadrant = 'text-right' WHERE pair_id % 5 > 0")
  project.db.exec(
    'UPDATE pair_state SET mm_margin = pair_id % 7 - 3, audit_sfc = (pair_id % 97) / 97.0, suspect = (pair_id % 31) / 31.0 WHERE pair_id % 3 > 0 AND text_margin IS NOT NULL',
  )
  project.db.exec('UPDATE pair_state SET stale = 1 WHERE pair_id % 10 = 1; UPDATE pair_state SET missing_images = 1 WHERE pair_id % 9 = 0')
  for (let id = 1; id < 100; id += 3) tags.change(project.db, id, { add: ['odd'], remove: [] })
  writeDuplicates(
    project.db,
    'same-pair',
    Float64Array.from({ length: 80 }, (_, i) => i + 1),
  )
  pairSets.make(project.db, { label: 'x', question: 'x', pairIds: Float64Array.from({ length: 120 }, (_, i) => 2 * i + 1) })
  // With statistics the planner chooses otherwise than without: the plans must hold in both cases.
  project.db.exec('ANALYZE')
})
afterAll(() => project[Symbol.dispose]())

/** Every SELECT that `work` runs on a database, with its plan as SQLite explains it. */
function plans(db: Database, work: (db: Database) => unknown): { sql: string; plan: string[] }[] {
  const seen = new Map<string, string[]>()
  const spy = new Proxy(db, {
    get(target, key) {
      if (key !== 'prepare') {
        const value: unknown = Reflect.get(target, key)
        return typeof value === 'function' ? (value as () => unknown).bind(target) : value
      }
      return (sql: string) => {
        if (/^\s*SELECT/.test(sql)) {
          const steps = target.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...Array.from({ length: sql.split('?').length - 1 }, () => 1))
          seen.set(
            sql,
            (steps as { detail: string }[]).map(({ detail }) => detail),
          )
        }
        return target.prepare(sql)
      }
    },
  })
  work(spy)
  return [...seen].map(([sql, plan]) => ({ sql, plan }))
}

/** With these every condition counts as one that many pairs meet: queues are walked. */
const MANY: Limits = { few: 0, probes: 0 }
/** With these a search is asked pair by pair. */
const PROBING: Limits = { few: 0, probes: 1_000_000 }

const FILTERS: PairFilter[] = [
  {},
  { sources: ['a'] },
  { sources: ['a', 'b'] },
  { splits: ['train'] },
  { sources: ['a'], splits: ['train', 'test'] },
  { quadrants: ['text-right'] },
  { quadrants: ['text-right', 'text-wrong'], sources: ['a'] },
  { statuses: ['unreviewed'] },
  { statuses: ['unreviewed', 'kept'], stale: false },
  { auditSfcMin: 0.2, auditSfcMax: 0.8 },
  { scored: true, stale: false },
  { auditSfcMax: 0.3, sources: ['b'] },
  { textMarginMin: -1, textMarginMax: 2.5 },
  { mmMarginMax: 0, sources: ['a'] },
  { suspectMin: 0.4 },
  { stale: true },
  { missingImages: true },
  { tags: ['odd'] },
  { duplicates: ['same-pair', 'near-pair'] },
  { text: 'right 7' },
  { pairIds: [1, 2, 3] },
  { set: 1 },
  { set: 1, sources: ['a'] },
  { sources: ['a'], quadrants: ['text-right'], statuses: ['unreviewed'], splits: ['train'], auditSfcMin: 0.1, stale: false, text: 'right' },
]
const cases = FILTERS.flatMap((filter) => pairSort.options.map((sort): [PairFilter, PairSort] => [filter, sort]))

const visited = (filter: PairFilter, sort: PairSort, limits: Limits) =>
  plans(project.db, (db) => {
    const first = pairs.list(db, { filter, sort, cursor: null, limit: 2 }, limits)
    pairs.list(db, { filter, sort, cursor: first.nextCursor, limit: 2 }, limits)
    pairs.list(db, { filter, sort, cursor: null, limit: 1000 }, limits)
    for (const pairId of [3, 5]) pairs.neighbours(db, { pairId, filter, sort }, limits)
  })

/** The steps over `pair_state s`. */
const steps = (plan: string[]) => plan.filter((step) => / s( |$)/.test(step))

const INDEX_OF = (sort: PairSort) =>
  sort.endsWith('Sfc') ? 'state_by_audit_sfc' : sort === '-suspect' ? 'state_by_suspect' : 'state_by_margin'
/** A range of another number than the order's own is read from the table. */
const hasOtherRange = (filter: PairFilter, sort: PairSort) =>
  Object.keys(filter).some((key) => /Min|Max/.test(key) && !key.toLowerCase().startsWith(sort.replace('-', '').toLowerCase()))

/** The index that gives the order, as the plan must name it; the table itself for the order of ids, and for unscored pairs. */
function orderedBy(sort: PairSort, unscored: boolean, loose: boolean): RegExp {
  if (sort.endsWith('id') || unscored) return /^(SCAN s|SEARCH s USING INTEGER PRIMARY KEY \(rowid[<>]\?\))$/
  return new RegExp(`^(SCAN|SEARCH) s USING ${loose ? '(COVERING )?' : 'COVERING '}INDEX ${INDEX_OF(sort)}`)
}

describe.each(cases)('a queue with %j sorted by %s', (filter, sort) => {
  // Pairs named by their numbers are looked up, whatever their order.
  const ways = filter.pairIds
    ? []
    : ([
        ['walked', MANY],
        ['asked', PROBING],
      ] as const)
  for (const [way, limits] of ways)
    test(`walks one index in order, at its start, at a cursor and to its neighbours: ${way}`, () => {
      const found = visited(filter, sort, limits)
      // Where no pair at all is unscored, that part of the queue is known to be empty.
      const queues = found.filter(
        ({ sql }) => sql.includes('ORDER BY s.') && !(sql.includes('s.text_margin IS NULL') && sql.includes('json_each')),
      )
      expect(queues.length).toBeGreaterThanOrEqual(1)
      for (const { sql, plan } of queues) {
        expect(steps(plan), sql).toEqual([
          expect.stringMatching(
            orderedBy(
              sort,
              /s\.(text_margin|audit_sfc|suspect) IS NULL/.test(sql),
              filter.stale !== undefined || hasOtherRange(filter, sort),
            ),
          ) as string,
        ])
        expect(plan.join(), sql).not.toMatch(/TEMP B-TREE/)
      }
      for (const { sql, plan } of found) {
        for (const step of plan) {
          // Tables that have one row, or some, however many pairs there are; and what is counted up to a limit.
          if (/^SCAN (?!s)/.test(step))
            expect(step, sql).toMatch(/^SCAN (c|o|t|tags|search_state|json_each|CONSTANT ROW|pairs_fts VIRTUAL TABLE|\(subquery-1\)$)/)
        }
      }
    })

  test('looks few pairs up by their numbers, whatever the order', () => {
    const found = visited(filter, sort, LIMITS).filter(({ sql }) => sql.includes('ORDER BY s.') && sql.includes('json_each'))
    for (const { plan } of found) expect(steps(plan)).toEqual(['SEARCH s USING INTEGER PRIMARY KEY (rowid=?)'])
    // The order of a number needs no help with a range of it.
    const own = Object.keys(filter).some((key) => /Min|Max/.test(key)) && !hasOtherRange(filter, sort)
    const few = Object.keys(filter).length > 0 || /textMargin/.test(sort)
    expect(found.length > 0 || own).toBe(few)
  })
})

test('few pairs of a kind are found by an index of their own', () => {
  const finding = plans(project.db, (db) => {
    for (const filter of FILTERS) for (const sort of pairSort.options) pairs.list(db, { filter, sort, cursor: null, limit: 2 })
  }).filter(({ sql }) => /^SELECT (DISTINCT )?pair_id AS id/.test(sql))
  expect(finding.length).toBeGreaterThanOrEqual(6)
  for (const { sql, plan } of finding) {
    expect(plan.join(), sql).not.toMatch(/SCAN (pair_state|pair_tags|duplicates)(?! USING (COVERING )?INDEX state_(stale|incomplete))/)
  }
})

test('what a page or a pair shows beside its place is looked up by key', () => {
  const found = plans(project.db, (db) => {
    pairs.get(db, 7)
    annotations.annotate(db, { pairId: 7, action: 'keep', blind: false }, 'tester')
    annotations.undo(db, 'tester')
    annotations.redo(db, 'tester')
  })
  expect(found.length).toBeGreaterThan(8)
  for (const { sql, plan } of found) {
    for (const step of plan) {
      if (/TEMP B-TREE/.test(step)) expect(sql).toMatch(/FROM (run_samples|pair_tags|duplicates|media)|JOIN tags/)
      // Undo and redo read the log backwards from its end and stop at the first entry that fits.
      if (/^SCAN (?!t$)/.test(step)) expect(sql).toMatch(/FROM annotations[^]*ORDER BY id DESC LIMIT 1/)
    }
  }
})

test('chunks go on by id, counts and facets read indexes alone', () => {
  for (const filter of FILTERS) {
    const [chunk] = plans(project.db, (db) => pairs.chunk(db, 100, 10, filter)).filter(({ sql }) => sql.includes('ORDER BY'))
    // Pairs that are named are looked up; all others are walked by id.
    expect(chunk?.plan[0]).toBe(`SEARCH s USING INTEGER PRIMARY KEY (rowid${filter.pairIds || filter.set ? '=' : '>'}?)`)
    expect(chunk?.plan.join()).not.toMatch(/TEMP B-TREE/)
  }
  const counting = plans(project.db, (db) => {
    for (const filter of [{}, { sources: ['a'] }, { quadrants: ['text-right' as const] }, { stale: true }]) pairs.count(db, filter)
    pairs.facets(db)
  })
  for (const { sql } of counting) expect(sql).not.toMatch(/pair_state|FROM pairs\b/)
  expect(counting.length).toBeGreaterThanOrEqual(2)
  const ranged = plans(project.db, (db) => pairs.count(db, { auditSfcMin: 0.5 }, MANY)).filter(({ sql }) => sql.includes('count(*)'))
  expect(ranged[0]?.plan.join()).toMatch(/SEARCH s USING COVERING INDEX state_by_audit_sfc/)
  const info = plans(project.db, projects.info)
  // The largest id is looked up at the end of the table; no pair is walked.
  const [largest, others] = [info.filter(({ sql }) => sql.includes('max(id)')), info.filter(({ sql }) => !sql.includes('max(id)'))]
  expect(largest.map(({ plan }) => plan.at(-1))).toEqual(['SEARCH pairs'])
  for (const { sql } of others) expect(sql).not.toMatch(/pair_state|FROM pairs\b/)
})

test('a small project that was closed and grows leaves no plan behind that reads a whole table for one pair', () => {
  using small = new Scratch()
  const made = createProject(small.project)
  addPairs(made.db, [newPair(1, {})])
  // As an older version left them.
  made.db.exec('ANALYZE')
  made.close()
  const { db, close } = openProject(small.project)
  const [steps] = plans(db, (spy) => pairs.list(spy, { filter: {}, sort: 'id', cursor: null, limit: 5 }))
    .filter(({ sql }) => sql.includes('JOIN sources'))
    .map(({ plan }) => plan)
  expect(steps?.length).toBeGreaterThan(2)
  expect(steps?.filter((step) => step.startsWith('SCAN'))).toEqual([])
  close()
})
