import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { relabel, type Label, type LabelAction, type Texts } from './pair-status.ts'

const imported: Texts = { prompt: 'p', chosen: 'a', rejected: 'b' }
const fresh: Label = { status: 'unreviewed', texts: imported }
const edit = (texts: Texts): LabelAction => ({ action: 'edit', ...texts })
const after = (...actions: LabelAction[]) => actions.reduce((label, act) => relabel(imported, label, act), fresh)

const text = fc.constantFrom('a', 'b', 'c')
const action: fc.Arbitrary<LabelAction> = fc.oneof(
  fc.constantFrom<LabelAction>({ action: 'keep' }, { action: 'flip' }, { action: 'tie' }, { action: 'discard' }),
  fc
    .record({ prompt: fc.constantFrom('p', 'q'), chosen: text, rejected: text })
    .filter((t) => t.chosen !== t.rejected)
    .map(edit),
)

describe('what an annotator says of a pair', () => {
  test('keep affirms the imported label; flip swaps the responses; twice is back', () => {
    expect(after({ action: 'keep' })).toEqual({ status: 'kept', texts: imported })
    expect(after({ action: 'flip' })).toEqual({ status: 'flipped', texts: { prompt: 'p', chosen: 'b', rejected: 'a' } })
    expect(after({ action: 'flip' }, { action: 'flip' })).toEqual({ status: 'kept', texts: imported })
  })
  test('keep speaks of the pair as it stands, so it leaves a flip and an edit in force', () => {
    expect(after({ action: 'flip' }, { action: 'keep' }).status).toBe('flipped')
    expect(after(edit({ ...imported, chosen: 'c' }), { action: 'keep' })).toEqual({ status: 'edited', texts: { ...imported, chosen: 'c' } })
  })
  test('keep brings a discarded pair back as what it was', () => {
    expect(after({ action: 'flip' }, { action: 'discard' }, { action: 'keep' }).status).toBe('flipped')
    expect(after({ action: 'tie' }, { action: 'keep' }).status).toBe('kept')
  })
  test('an edit back to the imported texts is no edit', () => {
    expect(after(edit({ ...imported, chosen: 'c' }), edit(imported)).status).toBe('kept')
    expect(after(edit({ prompt: 'p', chosen: 'b', rejected: 'a' })).status).toBe('flipped')
  })
})

test('only flip and edit change texts; flipped or edited means that they differ from the imported ones, kept that they do not', () => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 8 }), action, (before, last) => {
      const label = after(...before)
      const next = relabel(imported, label, last)
      if (last.action !== 'flip' && last.action !== 'edit') expect(next.texts).toEqual(label.texts)
      const differs = JSON.stringify(next.texts) !== JSON.stringify(imported)
      if (next.status === 'kept') expect(differs).toBe(false)
      if (next.status === 'flipped' || next.status === 'edited') expect(differs).toBe(true)
      expect(next.status === 'tied').toBe(last.action === 'tie')
      expect(next.status === 'discarded').toBe(last.action === 'discard')
      expect(next.status).not.toBe('unreviewed')
    }),
  )
})
