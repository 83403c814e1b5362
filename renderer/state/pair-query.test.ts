import fc from 'fast-check'
import { expect, test } from 'vitest'
import { duplicateKind, pairFilter, pairSort, pairStatus, quadrant } from '../../src/contract/pairs.ts'
import { priorSfc, softplusNeg } from '../../src/core/losses.ts'
import { pairPath, pairsPath, readPairQuery, writePairQuery } from './pair-query.ts'

const several = <Value>(value: fc.Arbitrary<Value>) => fc.uniqueArray(value, { minLength: 1, maxLength: 4 })
const margin = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0)
const words = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
const query = fc.record({
  filter: fc.record(
    {
      sources: several(words),
      splits: several(fc.oneof(fc.constant(''), words)),
      quadrants: several(fc.constantFrom(...quadrant.options)),
      statuses: several(fc.constantFrom(...pairStatus.options)),
      scored: fc.boolean(),
      auditSfcMin: fc.double({ min: 0, max: 1, noNaN: true }).map(Math.abs),
      auditSfcMax: fc.double({ min: 0, max: 1, noNaN: true }).map(Math.abs),
      textMarginMin: margin,
      textMarginMax: margin,
      mmMarginMin: margin,
      mmMarginMax: margin,
      suspectMin: fc.double({ min: 0, max: 1, noNaN: true }).map(Math.abs),
      stale: fc.boolean(),
      tags: several(words.map((word) => word.trim().slice(0, 60).trim()).filter((word) => word !== '')),
      duplicates: several(fc.constantFrom(...duplicateKind.options)),
      hasImage: fc.boolean(),
      missingImages: fc.boolean(),
      pairIds: several(fc.nat()),
      set: fc.integer({ min: 1 }),
      text: words,
    },
    { requiredKeys: [] },
  ),
  sort: fc.constantFrom(...pairSort.options),
})

test('an address says exactly which pairs: writing and reading give the query back', () => {
  fc.assert(
    fc.property(query, (value) => {
      expect(readPairQuery(writePairQuery(value))).toEqual(value)
    }),
  )
})

test('whatever an address holds, what is read from it is a filter the backend takes', () => {
  fc.assert(
    fc.property(
      fc.webQueryParameters({ size: 'small' }),
      fc.constantFrom(
        'sfcMin=2',
        'sfcMax=0.999999999',
        'sfcMin=0&sfcMax=1e-300',
        'auditSfcMin=2',
        'sort=sfc',
        'sort=up',
        'quadrant=none&quadrant=text-right',
        'stale=maybe',
        'status=',
        'tag=&tag=%20',
        'repeats=twice',
        'missing=1',
        'ids=a,-4,1.5,,99999999999999999999',
        'set=0',
        'set=-1',
        'set=99999999999999999999',
        'set=x',
      ),
      (noise, wrong) => {
        const { filter, sort } = readPairQuery(`${noise}&${wrong}`)
        expect(pairFilter.safeParse(filter).success).toBe(true)
        expect(pairSort.safeParse(sort).success).toBe(true)
      },
    ),
  )
})

test('the shortest address is that of all pairs', () => {
  expect(pairsPath()).toBe('/pairs')
  expect(pairsPath({}, '-textMargin')).toBe('/pairs')
  expect(pairPath(7, { filter: { text: 'a b' }, sort: '-auditSfc' })).toBe('/pairs/7?q=a+b&sort=-auditSfc')
})

test('an address from before the audit SFC had one of its own means the text margins with that prior SFC', () => {
  fc.assert(
    fc.property(fc.double({ min: 0.01, max: 0.99, noNaN: true }), fc.double({ min: -20, max: 20, noNaN: true }), (bound, margin) => {
      const has = (search: string) => {
        const { textMarginMin = -Infinity, textMarginMax = Infinity, ...others } = readPairQuery(search).filter
        expect(others).toEqual({})
        return margin >= textMarginMin && margin <= textMarginMax
      }
      const value = priorSfc(softplusNeg(margin))
      fc.pre(Math.abs(value - bound) > 1e-9)
      expect(has(`sfcMax=${bound}`)).toBe(value <= bound)
      expect(has(`sfcMin=${bound}`)).toBe(value >= bound)
    }),
  )
  expect(readPairQuery('sfcMin=0&sfcMax=1')).toEqual({ filter: {}, sort: '-textMargin' })
  expect([readPairQuery('sort=sfc').sort, readPairQuery('sort=-sfc').sort]).toEqual(['-textMargin', 'textMargin'])
})
