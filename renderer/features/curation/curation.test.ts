import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { PairDetail } from '../../../src/contract/pairs.ts'
import { exportFormat, exportInput } from '../../../src/contract/exports.ts'
import { WRITERS } from '../../../src/formats/writers/index.ts'
import { bulkDone, bulkTitle } from './bulk-text.ts'
import { EXPORT_FORMATS, type ExportForm, exportRequest, formErrors, suggestedFolder } from '../export/formats.ts'
import { EVERYTHING, isChosen, isEmpty, NOTHING, ranged, toggled } from '../pairs/selection.ts'
import { imagePlaces } from '../review/image-places.ts'

test('choosing the same pair twice leaves it out again', () => {
  const one = toggled(NOTHING, 7, 0)
  expect(isChosen(one, 7)).toBe(true)
  expect(isEmpty(toggled(one, 7, 0))).toBe(true)
  // Of all, only the one that is clicked stays.
  expect([...toggled(EVERYTHING, 7, 0).ids]).toEqual([7])
  expect(isChosen(EVERYTHING, 123)).toBe(true)
})

test('a range that grows and shrinks again leaves nothing behind, and keeps what was chosen before', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(99)), fc.nat(99), fc.array(fc.nat(99), { minLength: 1, maxLength: 6 }), (before, anchor, ends) => {
      let selection = { ...NOTHING, ids: new Set(before) }
      for (const end of ends) {
        const ids = Array.from({ length: Math.abs(end - anchor) + 1 }, (_, i) => Math.min(end, anchor) + i)
        selection = ranged(selection, ids, anchor) as typeof selection
      }
      const end = ends.at(-1)!
      const wanted = new Set([...before, ...Array.from({ length: Math.abs(end - anchor) + 1 }, (_, i) => Math.min(end, anchor) + i)])
      expect(selection.ids).toEqual(wanted)
    }),
  )
})

test('bulk actions are said before and after with their counts', () => {
  expect(bulkTitle({ action: 'discard' }, 1)).toBe('Discard 1 pair')
  expect(bulkTitle({ action: 'set-split', split: '' }, 1200)).toBe('Remove 1,200 pairs from their splits')
  expect(bulkDone({ action: 'tag', tag: 'blurry' }, 3)).toBe('Tagged 3 pairs “blurry”')
  expect(bulkDone({ action: 'set-split', split: 'test' }, 3)).toBe('Moved 3 pairs to the split “test”')
})

test('images stand in their places, with the missing ones between them', () => {
  const image = (hash: string) => ({ hash }) as PairDetail['images'][number]
  const gap = (position: number) => ({ position, reference: `${position}.png`, reason: 'gone' })
  const shown = (images: string[], missing: number[]) =>
    imagePlaces({ images: images.map(image), missing: missing.map(gap) }).map((place) => place.image?.hash ?? place.missing?.position)
  expect(shown([], [])).toEqual([])
  expect(shown(['a', 'b'], [])).toEqual(['a', 'b'])
  expect(shown(['a', 'b'], [1])).toEqual(['a', 1, 'b'])
  expect(shown(['a'], [0, 2])).toEqual([0, 'a', 2])
  expect(shown([], [0, 1])).toEqual([0, 1])
})

test('every format that is written is on offer, and images go into records only where the writer can', () => {
  expect(Object.keys(EXPORT_FORMATS).sort()).toEqual([...exportFormat.options].sort())
  for (const writer of WRITERS) expect(EXPORT_FORMATS[writer.id].embeds, writer.id).toBe(writer.embeds)
})

const form: fc.Arbitrary<ExportForm> = fc.record({
  format: fc.constantFrom(...exportFormat.options),
  out: fc.oneof(fc.constant(''), fc.constant('/tmp/out'), fc.constant('  ')),
  label: fc.constantFrom('current' as const, 'original' as const),
  includeExcluded: fc.boolean(),
  guardFormulas: fc.boolean(),
  images: fc.constantFrom('copy' as const, 'embed' as const),
  columns: fc.boolean(),
  resplit: fc.boolean(),
  testPercent: fc.oneof(fc.constantFrom('', '0', '90', '90.5', 'ten', '1e2'), fc.nat(120).map(String)),
  seed: fc.oneof(fc.constantFrom('', '-1', '1.5', '2147483648', '2147483647'), fc.nat().map(String)),
})

test('the form asks for what the backend takes, or for nothing and says why', () => {
  fc.assert(
    fc.property(form, (value) => {
      const request = exportRequest(value, {})
      if (request === null) expect(value.out.trim() === '' || Object.keys(formErrors(value)).length > 0).toBe(true)
      else expect(exportInput.safeParse(request).success).toBe(true)
    }),
  )
})

test('the folder that is offered lies beside the project, named by the format', () => {
  expect(suggestedFolder('/data/colours.blindfold', 'trl')).toBe('/data/colours-trl')
  expect(suggestedFolder('C:\\data\\colours.blindfold\\', 'csv')).toBe('C:\\data\\colours-csv')
})
