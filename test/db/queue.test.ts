import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  duplicateKind,
  pairSort,
  pairStatus,
  quadrant,
  type DuplicateKind,
  type PairFilter,
  type PairRow,
  type PairSort,
} from '../../src/contract/pairs.ts'
import { random } from '../../src/core/random.ts'
import { write as writeDuplicates } from '../../src/db/duplicates/store.ts'
import type { Limits } from '../../src/db/pairs/narrow.ts'
import * as annotations from '../../src/db/annotations/queries.ts'
import * as pairSets from '../../src/db/pair-sets/queries.ts'
import * as pairs from '../../src/db/pairs/queries.ts'
import * as tags from '../../src/db/tags/queries.ts'
import { addPairs, newPair, Project } from './project.ts'

const WORDS = ['red', 'green', 'blue', 'round', 'square', 'large']
const SFC = [null, 0, 0.1, 0.1, 0.25, 0.5, 0.5, 0.75, 1]
const MARGINS = [null, -2.5, -1, 0, 0, 1, 3.25]
/** MM margin and probability of a wrong label. */
const HELD_OUT = [
  [null, null],
  [null, null],
  [0.2, null],
  [1.5, 0.004],
  [-0.2, 0.3],
  [-2, 0.3],
  [-3, 0.9],
] as const
const N = 240

const TAGS = ['look again', 'odd', 'rare']
const NOWHERE = { missing: 'nowhere.png', reason: 'There is no such file.' }

/** Set n has every n-th pair. */
const SETS = [1, 2, 3]

let project: Project
let all: (PairRow & { kinds: DuplicateKind[] })[]

// Few different values, so that ties and unscored pairs are everywhere.
beforeAll(() => {
  project = new Project()
  const { db } = project
  const r = random('queue')
  const text = () => Array.from({ length: 4 }, () => r.pick(WORDS)).join(' ')
  for (const source of ['a', 'b', 'c']) {
    for (const split of ['', 'train', 'test']) {
      const rows = Array.from({ length: Math.ceil(N / 9) }, (_, i) =>
        newPair(i + 1, {
          prompt: `${source} ${split} ${i} ${text()}`,
          chosen: `yes ${text()}`,
          rejected: `no ${text()}`,
          images: i % 7 === 0 ? [NOWHERE] : [],
        }),
      )
      addPairs(db, rows, source, split)
    }
  }
  const score = db.prepare(
    'UPDATE pair_state SET text_margin = ?, quadrant = ?, audit_sfc = ?, stale = ?, mm_margin = ?, suspect = ? WHERE pair_id = ?',
  )
  for (const id of ids()) {
    const margin = r.pick(MARGINS)
    if (margin !== null) score.run(margin, r.pick(quadrant.options), r.pick(SFC), r.int(2), ...r.pick(HELD_OUT), id)
    const action = r.pick(['keep', 'flip', 'tie', 'discard', null, null] as const)
    if (action) annotations.annotate(db, { pairId: id, action, blind: false }, 'tester')
  }
  for (const id of ids()) tags.change(db, id, { add: TAGS.filter((_, i) => r.int(2 + 3 * i) === 0), remove: [] })
  for (const kind of duplicateKind.options.slice(1)) {
    const members = ids()
      .filter(() => r.int(6) === 0)
      .flatMap((id, i) => [1 + Math.floor(i / 2), id])
    writeDuplicates(db, kind, Float64Array.from(members))
  }
  for (const set of SETS)
    pairSets.make(db, { label: 'x', question: String(set), pairIds: Float64Array.from(ids().filter((id) => id % set === 0)) })
  all = ids().map((id) => {
    const pair = pairs.get(db, id)
    return { ...pair, images: [], kinds: pair.repeats.map(({ kind }) => kind) }
  })
})
afterAll(() => project[Symbol.dispose]())

const ids = () =>
  (project.db.prepare('SELECT pair_id FROM pair_state ORDER BY pair_id').all() as { pair_id: number }[]).map((row) => row.pair_id)

const subset = <Value>(values: readonly Value[]) => fc.option(fc.subarray([...values]), { nil: undefined })
const filters: fc.Arbitrary<PairFilter> = fc.record(
  {
    sources: subset(['a', 'b', 'c', 'no such source']),
    splits: subset(['', 'train', 'test']),
    quadrants: subset(quadrant.options),
    statuses: subset(pairStatus.options),
    scored: fc.constantFrom(undefined, undefined, true, false),
    auditSfcMin: fc.constantFrom(undefined, 0, 0.1, 0.3, 0.5),
    auditSfcMax: fc.constantFrom(undefined, 0.1, 0.5, 0.9, 1),
    textMarginMin: fc.constantFrom(undefined, undefined, undefined, -1, 0, 0.5),
    textMarginMax: fc.constantFrom(undefined, undefined, undefined, -0.5, 0, 2),
    mmMarginMin: fc.constantFrom(undefined, undefined, undefined, -1, 0.2),
    mmMarginMax: fc.constantFrom(undefined, undefined, undefined, -0.2, 1),
    suspectMin: fc.constantFrom(undefined, undefined, undefined, 0, 0.01, 0.5),
    stale: fc.constantFrom(undefined, undefined, true, false),
    tags: fc.oneof({ weight: 2, arbitrary: fc.constant(undefined) }, fc.subarray([...TAGS, 'no such tag'])),
    duplicates: fc.oneof({ weight: 2, arbitrary: fc.constant(undefined) }, fc.subarray([...duplicateKind.options])),
    missingImages: fc.constantFrom(undefined, undefined, true, false),
    pairIds: fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, fc.array(fc.integer({ min: 1, max: 300 }), { maxLength: 40 })),
    set: fc.constantFrom(undefined, undefined, undefined, ...SETS, 99),
    text: fc.constantFrom(undefined, '', 'red', 'RED squ', 'green no', 'blue', 'no', 'purple'),
  },
  { requiredKeys: [] },
)

/** Pages come the same way whether there are few pairs or many: here any number may count as many. */
const limits: fc.Arbitrary<Limits> = fc.record({
  few: fc.constantFrom(0, 0, 5, 40, 10_000),
  probes: fc.constantFrom(0, 10, 60, 10_000),
})

const within = (value: number | null, least: number | undefined, most: number | undefined) =>
  (least === undefined || (value !== null && value >= least)) && (most === undefined || (value !== null && value <= most))

/** The contract, once more in plain code. */
function expected(filter: PairFilter, sort: PairSort): number[] {
  const among = <Value>(values: readonly Value[] | undefined, value: Value | null) =>
    !values?.length || (value !== null && values.includes(value))
  const words = (filter.text ?? '').toLowerCase().split(' ').filter(Boolean)
  const found = all.filter((row) => {
    const tokens = `${row.prompt} ${row.chosen} ${row.rejected}`.toLowerCase().split(' ')
    return (
      among(filter.sources, row.source) &&
      among(filter.splits, row.split) &&
      among(filter.quadrants, row.quadrant) &&
      among(filter.statuses, row.status) &&
      (filter.scored === undefined || (row.quadrant !== null) === filter.scored) &&
      within(row.auditSfc, filter.auditSfcMin, filter.auditSfcMax) &&
      within(row.textMargin, filter.textMarginMin, filter.textMarginMax) &&
      within(row.mmMargin, filter.mmMarginMin, filter.mmMarginMax) &&
      within(row.suspect, filter.suspectMin, undefined) &&
      (filter.stale === undefined || row.stale === filter.stale) &&
      (!filter.tags?.length || row.tags.some((tag) => filter.tags?.includes(tag))) &&
      (!filter.duplicates?.length || row.kinds.some((kind) => filter.duplicates?.includes(kind))) &&
      (filter.missingImages === undefined || row.missingImages > 0 === filter.missingImages) &&
      (!filter.pairIds?.length || filter.pairIds.includes(row.pairId)) &&
      (filter.set === undefined || (SETS.includes(filter.set) && row.pairId % filter.set === 0)) &&
      words.every((word, i) =>
        tokens.some((token) => (i === words.length - 1 && word.length > 2 ? token.startsWith(word) : token === word)),
      )
    )
  })
  const sign = sort.startsWith('-') ? -1 : 1
  const value = (row: PairRow) =>
    sort.endsWith('id') ? row.pairId : sort.endsWith('Sfc') ? row.auditSfc : sort === '-suspect' ? row.suspect : row.textMargin
  const byId = (a: PairRow, b: PairRow) => a.pairId - b.pairId
  const scored = found.filter((row) => value(row) !== null)
  scored.sort((a, b) => sign * ((value(a) ?? 0) - (value(b) ?? 0) || byId(a, b)))
  const unscored = found.filter((row) => value(row) === null).sort(byId)
  return [...scored, ...unscored].map((row) => row.pairId)
}

test('pages visit each pair of the filter exactly once, in the order of the sort, unscored last', () => {
  fc.assert(
    fc.property(filters, fc.constantFrom(...pairSort.options), fc.constantFrom(1, 7, 50, 500), limits, (filter, sort, limit, limits) => {
      const seen: number[] = []
      let cursor: string | null = null
      do {
        const page = pairs.list(project.db, { filter, sort, cursor, limit }, limits)
        seen.push(...page.rows.map((row) => row.pairId))
        if (page.nextCursor !== null) expect(page.rows).toHaveLength(limit)
        cursor = page.nextCursor
      } while (cursor !== null)
      expect(seen).toEqual(expected(filter, sort))
      expect(pairs.count(project.db, filter, limits)).toBe(seen.length)
    }),
    { numRuns: 500 },
  )
})

test('neighbours are the pairs before and after in the same order, also of a pair that has left the filter', () => {
  fc.assert(
    fc.property(filters, fc.constantFrom(...pairSort.options), fc.nat(), limits, (filter, sort, pick, limits) => {
      const pairId = all[pick % all.length]?.pairId ?? 0
      const queue = expected(filter, sort)
      const whole = expected({}, sort)
      const at = whole.indexOf(pairId)
      // A range of a number leaves out the unscored, so whatever place a pair has in the whole queue is its place here.
      const before = queue.filter((id) => whole.indexOf(id) < at)
      const after = queue.filter((id) => whole.indexOf(id) > at)
      expect(pairs.neighbours(project.db, { pairId, filter, sort }, limits)).toEqual({
        previous: before.at(-1) ?? null,
        next: after[0] ?? null,
      })
    }),
    { numRuns: 300 },
  )
})

test('pages begin where going through the list page by page comes to, from any of them', () => {
  fc.assert(
    fc.property(
      filters,
      fc.constantFrom(...pairSort.options),
      fc.integer({ min: 1, max: 60 }),
      fc.integer({ min: 1, max: 4 }),
      limits,
      (filter, sort, size, most, limits) => {
        const starts: (string | null)[] = [null]
        for (
          let cursor: string | null = null;
          (cursor = pairs.list(project.db, { filter, sort, cursor, limit: size }, limits).nextCursor) !== null;
        )
          starts.push(cursor)
        const from = Math.floor(starts.length / 2)
        const { cursors } = pairs.pages(project.db, { filter, sort, cursor: starts[from] ?? null, size, most }, limits)
        expect(cursors).toEqual(starts.slice(from + 1, from + 1 + most))
      },
    ),
    { numRuns: 100 },
  )
})

test('chunks bring every pair of the filter once, as it stands now', () => {
  fc.assert(
    fc.property(filters, fc.integer({ min: 1, max: 90 }), (filter, limit) => {
      const seen: number[] = []
      for (let after = 0; ;) {
        const rows = pairs.chunk(project.db, after, limit, filter)
        for (const row of rows) {
          const { prompt, chosen, rejected, status, source, split } = pairs.get(project.db, row.pairId)
          expect(row).toMatchObject({ prompt, chosen, rejected, status, source, split })
        }
        seen.push(...rows.map((row) => row.pairId))
        const last = rows.at(-1)
        if (!last) break
        after = last.pairId
      }
      expect(seen).toEqual(expected(filter, 'id'))
    }),
    { numRuns: 30 },
  )
})

test('facets count what the filter of that value alone would find', () => {
  const facets = pairs.facets(project.db)
  const counted = (filter: PairFilter) => expected(filter, 'id').length
  for (const { value, count } of facets.sources) expect(count).toBe(counted({ sources: [value] }))
  for (const { value, count } of facets.splits) expect(count).toBe(counted({ splits: [value] }))
  for (const { value, count } of facets.quadrants) expect(count).toBe(counted({ quadrants: [value] }))
  for (const { value, count } of facets.statuses) expect(count).toBe(counted({ statuses: [value] }))
  for (const { value, count } of facets.tags) expect(count).toBe(counted({ tags: [value] }))
  expect(facets.tags.map(({ value }) => value)).toEqual(TAGS)
  expect(facets.stale).toBe(counted({ stale: true }))
  expect(facets.missingImages).toBe(counted({ missingImages: true }))
  expect([facets.stale, facets.missingImages].every((count) => count > 0)).toBe(true)
  const sum = (tally: { count: number }[]) => tally.reduce((n, { count }) => n + count, 0)
  expect([sum(facets.sources), sum(facets.splits), sum(facets.statuses)]).toEqual([all.length, all.length, all.length])
})

describe('a cursor', () => {
  const page = (cursor: string | null, sort: PairSort) => pairs.list(project.db, { filter: {}, sort, cursor, limit: 3 })
  test('of another order, or none at all, is refused', () => {
    const cursor = page(null, '-textMargin').nextCursor
    for (const bad of [
      cursor,
      '',
      'x',
      Buffer.from('[1,2]').toString('base64url'),
      Buffer.from('["textMargin","1",2]').toString('base64url'),
    ]) {
      expect(() => page(bad, 'textMargin')).toThrow(expect.objectContaining({ code: 'INVALID_INPUT' }))
    }
  })
  test('still finds its place when the pair it was made at has changed', () => {
    const { nextCursor, rows } = page(null, '-textMargin')
    const rest = pairs.list(project.db, { filter: {}, sort: '-textMargin', cursor: nextCursor, limit: 500 }).rows.map((row) => row.pairId)
    const last = rows[2]?.pairId ?? 0
    const change = project.db.prepare('UPDATE pair_state SET text_margin = ? WHERE pair_id = ?')
    change.run(-9, last)
    const now = pairs.list(project.db, { filter: {}, sort: '-textMargin', cursor: nextCursor, limit: 500 }).rows.map((row) => row.pairId)
    change.run(rows[2]?.textMargin, last)
    expect(now.filter((id) => id !== last)).toEqual(rest)
  })
})
