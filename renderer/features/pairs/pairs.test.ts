import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { PairFilter, PairSort } from '../../../src/contract/pairs.ts'
import { REPORTED } from '../../../src/core/report/reported.ts'
import { SHORTCUT_PRONE_MARGIN } from '../../../src/core/shortcut-prone.ts'
import { describeFilter } from '../../../src/core/pair-filters.ts'
import { snippet } from './snippet.ts'
import { readPairQuery, writePairQuery } from '../../state/pair-query.ts'

test('a snippet begins near the first difference and goes to the end', () => {
  const shared = 'The picture shows a large red cube to the left of '
  expect(snippet(`${shared}a small ball.`, `${shared}two cones.`)).toBe('… to the left of a small ball.')
  expect(snippet('Yes, it is.', 'Yes, maybe.')).toBe('Yes, it is.')
  fc.assert(
    fc.property(fc.string({ maxLength: 80 }), fc.string({ maxLength: 20 }), fc.string({ maxLength: 20 }), (start, a, b) => {
      const line = (start + a).replace(/\s+/g, ' ').trim()
      const shown = snippet(start + a, start + b)
      expect(line.endsWith(shown.replace(/^… /, '')) || shown === line).toBe(true)
    }),
  )
})

const name = fc.string({ minLength: 1, maxLength: 12 })
const some = <Value>(value: fc.Arbitrary<Value>) => fc.option(fc.array(value, { minLength: 1, maxLength: 3 }), { nil: undefined })
const share = fc.option(
  fc.integer({ min: 0, max: 100 }).map((percent) => percent / 100),
  { nil: undefined },
)
const filter: fc.Arbitrary<PairFilter> = fc.record({
  sources: some(name),
  splits: some(fc.oneof(name, fc.constant(''))),
  quadrants: some(fc.constantFrom('text-solvable', 'suspect-label', 'text-right')),
  statuses: some(fc.constantFrom('unreviewed', 'flipped')),
  auditSfcMin: share,
  auditSfcMax: share,
  stale: fc.option(fc.boolean(), { nil: undefined }),
  text: fc.option(name, { nil: undefined }),
})
const sort = fc.constantFrom<PairSort>('auditSfc', '-auditSfc', 'id', '-id', 'textMargin', '-textMargin')

test('every filter and order survives the address', () => {
  fc.assert(
    fc.property(filter, sort, (wanted, order) => {
      const read = readPairQuery(writePairQuery({ filter: wanted, sort: order }))
      const known = Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== undefined))
      expect(read).toEqual({ filter: known, sort: order })
    }),
  )
})

test('an address with nonsense in it shows more pairs, never an error', () => {
  expect(readPairQuery('quadrant=nowhere&auditSfcMin=7&sort=colour&stale=perhaps&page=3')).toEqual({ filter: {}, sort: '-textMargin' })
})

test('a filter is said in words', () => {
  expect(describeFilter({})).toBe('')
  expect(describeFilter({ sources: ['vqa'], quadrants: ['text-right'], auditSfcMax: 0.2, text: 'left lung' })).toBe(
    'vqa · Text right · audit SFC 0.00–0.20 · “left lung”',
  )
  expect(describeFilter({ tags: ['blurry', 'odd'], duplicates: ['flipped-twin'], missingImages: true, pairIds: [4, 9] })).toBe(
    'tagged “blurry” or “odd” · duplicates: flipped twin · an image is missing · pair 4 or pair 9',
  )
  expect(describeFilter({ ...REPORTED, textMarginMin: SHORTCUT_PRONE_MARGIN })).toBe(
    'neither tied nor discarded · scored · shortcut-prone · not stale',
  )
  expect(describeFilter({ pairIds: [1, 2, 3, 4] })).toBe('4 selected pairs')
  expect(describeFilter({ splits: [''], statuses: ['kept', 'flipped'], stale: true })).toBe('no split · Kept or Flipped · stale')
})
