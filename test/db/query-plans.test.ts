import type { Database } from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { pairSort, type PairFilter, type PairSort } from '../../src/contract/pairs.ts'
import * as annotations from '../../src/db/queries/annotations.ts'
import * as pairs from '../../src/db/queries/pairs.ts'
import * as projects from '../../src/db/queries/projects.ts'
import { addPairs, newPair, Project } from './project.ts'

let project: Project

beforeAll(() => {
  project = new Project()
  for (const source of ['a', 'b']) {
    addPairs(project.db, Array.from({ length: 300 }, (_, i) => newPair(i + 1, { prompt: `${source} ${i}` })), source, 'train')
  }
  project.db.exec("UPDATE pair_state SET sfc = (pair_id % 97) / 97.0, text_margin = pair_id % 13 - 6, quadrant = 'text-right', scored_hash = text_hash WHERE pair_id % 5 > 0")
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
          seen.set(sql, (steps as { detail: string }[]).map(({ detail }) => detail))
        }
        return target.prepare(sql)
      }
    },
  })
  work(spy)
  return [...seen].map(([sql, plan]) => ({ sql, plan }))
}

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
  { sfcMin: 0.2, sfcMax: 0.8 },
  { sfcMax: 0.3, sources: ['b'] },
  { stale: true },
  { text: 'right 7' },
  { sources: ['a'], quadrants: ['text-right'], statuses: ['unreviewed'], splits: ['train'], sfcMin: 0.1, stale: false, text: 'picture' },
]
const cases = FILTERS.flatMap((filter) => pairSort.options.map((sort): [PairFilter, PairSort] => [filter, sort]))

/** The index that gives the order, as the plan must name it; the table itself for the order of ids. */
function orderedBy({ sources, quadrants, statuses }: PairFilter, sort: PairSort): RegExp {
  if (sort.endsWith('id')) return /^(SCAN s|SEARCH s USING INTEGER PRIMARY KEY \(rowid[<>]\?\))$/
  if (sort.endsWith('textMargin')) return /^SEARCH s USING (COVERING )?INDEX state_by_margin /
  const index =
    sources?.length === 1 ? 'source_sfc' : quadrants?.length === 1 ? 'quadrant_sfc' : statuses?.length === 1 ? 'status_sfc' : 'sfc'
  return new RegExp(`^SEARCH s USING (COVERING )?INDEX state_by_${index} `)
}

describe.each(cases)('a queue with %j sorted by %s', (filter, sort) => {
  test('walks one index in order, at its start, at a cursor and to its neighbours', () => {
    const found = plans(project.db, (db) => {
      const first = pairs.list(db, { filter, sort, cursor: null, limit: 2 })
      pairs.list(db, { filter, sort, cursor: first.nextCursor, limit: 2 })
      pairs.list(db, { filter, sort, cursor: null, limit: 1000 })
      for (const pairId of [3, 5]) pairs.neighbours(db, { pairId, filter, sort })
    })
    const queues = found.filter(({ sql }) => sql.includes('ORDER BY s.'))
    expect(queues.length).toBeGreaterThanOrEqual(filter.stale === true ? 1 : 2)
    for (const { plan } of queues) expect(plan.filter((step) => / s( |$)/.test(step))).toEqual([expect.stringMatching(orderedBy(filter, sort)) as string])
    for (const { sql, plan } of found) {
      for (const step of plan) {
        expect(step, sql).not.toMatch(/TEMP B-TREE/)
        // The scans there are: by id from the first pair on, which stops at its limit, and the index of stale pairs only.
        if (!(step === 'SCAN s' && sort.endsWith('id'))) expect(step, sql).not.toMatch(/^SCAN (?!CONSTANT ROW|pair_state USING (COVERING )?INDEX state_stale)/)
      }
    }
  })
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
      if (/TEMP B-TREE/.test(step)) expect(sql).toContain('FROM run_samples')
      // Undo and redo read the log backwards from its end and stop at the first entry that fits.
      if (/^SCAN/.test(step)) expect(sql).toMatch(/FROM annotations[^]*ORDER BY id DESC LIMIT 1/)
    }
  }
})

test('chunks go on by id, counts and facets read indexes alone', () => {
  for (const filter of FILTERS) {
    const [chunk] = plans(project.db, (db) => pairs.chunk(db, 100, 10, filter)).filter(({ sql }) => sql.includes('ORDER BY'))
    expect(chunk?.plan[0]).toBe('SEARCH s USING INTEGER PRIMARY KEY (rowid>?)')
    expect(chunk?.plan.join()).not.toMatch(/TEMP B-TREE/)
  }
  const counting = plans(project.db, (db) => {
    pairs.facets(db)
    for (const filter of [{}, { sources: ['a'] }, { quadrants: ['text-right' as const] }, { sfcMin: 0.5 }]) pairs.count(db, filter)
  }).filter(({ sql }) => sql.includes('FROM pair_state'))
  expect(counting.length).toBeGreaterThanOrEqual(7)
  for (const { sql, plan } of counting) {
    for (const step of plan.filter((step) => / (s|pair_state)( |$)/.test(step))) expect(step, sql).toMatch(/USING (COVERING )?INDEX state_/)
    expect(plan.join(), sql).not.toMatch(/TEMP B-TREE/)
  }
  const info = plans(project.db, projects.info).filter(({ sql }) => sql.includes('pair_state'))
  expect(info[0]?.plan.join()).toMatch(/SEARCH p USING COVERING INDEX state_by_split/)
})
