import { afterEach, beforeEach, expect, test } from 'vitest'
import type { PairFilter } from '../../src/contract/pairs.ts'
import * as pairSets from '../../src/db/pair-sets/queries.ts'
import * as pairs from '../../src/db/pairs/queries.ts'
import * as slices from '../../src/db/slices/queries.ts'
import { addPairs, newPair, Project } from './project.ts'

let project: Project
let ids: number[]
beforeEach(() => {
  project = new Project()
  ids = addPairs(
    project.db,
    Array.from({ length: 40 }, (_, i) => newPair(i + 1)),
    'a',
    'train',
  )
})
afterEach(() => project[Symbol.dispose]())

const make = (question: string, ...pairIds: number[]) =>
  pairSets.make(project.db, { label: `about ${question}`, question, pairIds: Float64Array.from(pairIds) })
const listed = (filter: PairFilter) =>
  pairs.list(project.db, { filter, sort: 'id', cursor: null, limit: 100 }).rows.map(({ pairId }) => pairId)
const kept = () => (project.db.prepare('SELECT id FROM pair_sets ORDER BY id').all() as { id: number }[]).map(({ id }) => id)

test('a set limits lists, counts and exports to its pairs, beside other conditions', () => {
  const some = [ids[3]!, ids[7]!, ids[8]!]
  const set = make('q', ...some, ids[3]!)
  expect(set).toMatchObject({ label: 'about q', pairs: 3 })
  expect(pairSets.get(project.db, set.id)).toEqual(set)
  expect(listed({ set: set.id })).toEqual(some)
  expect(pairs.count(project.db, { set: set.id })).toBe(3)
  expect(pairs.chunk(project.db, ids[3]!, 10, { set: set.id }).map(({ pairId }) => pairId)).toEqual(some.slice(1))
  expect(listed({ set: set.id, pairIds: [ids[7]!, ids[9]!] })).toEqual([ids[7]])
  expect(listed({ set: set.id, sources: ['b'] })).toEqual([])
})

test('the same question gives its set again; asked again, the old one goes and its number is not used again', () => {
  const first = make('q', ids[0]!)
  expect(pairSets.find(project.db, 'q')).toEqual(first)
  expect(pairSets.find(project.db, 'other')).toBeNull()
  const second = make('q', ids[1]!)
  expect(second.id).toBeGreaterThan(first.id)
  expect(pairSets.get(project.db, first.id)).toBeNull()
  expect([listed({ set: first.id }), pairs.count(project.db, { set: first.id }), listed({ set: second.id })]).toEqual([[], 0, [ids[1]]])
})

test('old sets go with their members, but for those that a slice names', () => {
  const named = make('named', ids[5]!)
  slices.save(project.db, 'mine', { set: named.id })
  const made = Array.from({ length: 35 }, (_, i) => make(`q${i}`, ids[i]!).id)
  expect(kept()).toEqual([named.id, ...made.slice(-30)])
  expect(project.db.prepare('SELECT count(*) AS n FROM pair_set_members').get()).toEqual({ n: 31 })
  expect(listed(slices.list(project.db)[0]!.filter)).toEqual([ids[5]])
})
