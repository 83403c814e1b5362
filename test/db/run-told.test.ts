import type { Database } from 'better-sqlite3'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { TrainerEvent } from '../../src/protocols/trainer.ts'
import { trainInput } from '../../src/contract/training.ts'
import * as runs from '../../src/db/runs/queries.ts'
import { addPairs, MemoryProject, newPair } from './project.ts'

let seq = 0
const envelope = () => ({ v: 1 as const, seq: ++seq, ts: new Date().toISOString(), run_id: 'r', rank: 0 })

/** A run that was tested on all these pairs; `change` makes another text of one. */
function tested(
  db: Database,
  id: string,
  margins: Map<number, number>,
  { branch = 'mm', other }: { branch?: 'mm' | 'text'; other?: number } = {},
): void {
  const job = {
    id: `job-${id}`,
    kind: 'train' as const,
    title: id,
    input: {},
    createdAt: new Date().toISOString(),
    state: { status: 'queued' as const },
  }
  runs.create(db, job, { id, dir: `runs/${id}`, options: trainInput.parse({ method: 'standard', sources: ['a'] }) })
  const eval_ = {
    ids: [...margins.keys()].map(String),
    mm_margin: branch === 'mm' ? [...margins.values()] : null,
    text_margin: branch === 'text' ? [...margins.values()] : null,
  }
  runs.storeEvents(db, id, [{ ...envelope(), type: 'eval', set: 'a', ...eval_ }], 0)
  if (other !== undefined) db.prepare("UPDATE run_pairs SET text_hash = 'another' WHERE run_id = ? AND pair_id = ?").run(id, other)
}

test('flips: every pair that both saw with the same text is won, lost or neither, whichever branch judged it', () => {
  const margin = fc.constantFrom(-2, -0.1, 0, 0.1, 3)
  fc.assert(
    fc.property(fc.array(fc.tuple(margin, margin), { minLength: 6, maxLength: 6 }), fc.constantFrom('mm', 'text'), (pairs, branch) => {
      using project = new MemoryProject()
      const { db } = project
      addPairs(db, [newPair(1), newPair(2)], 'a', 'train')
      const ids = [
        ...addPairs(
          db,
          [3, 4, 5].map((i) => newPair(i)),
          'a',
          'test',
        ),
        ...addPairs(
          db,
          [6, 7, 8].map((i) => newPair(i)),
          'b',
          'test',
        ),
      ]
      tested(db, 'one', new Map(ids.map((id, i) => [id, pairs[i]![0]])))
      tested(db, 'two', new Map(ids.map((id, i) => [id, pairs[i]![1]])), { branch, other: ids[5] })
      const expected = (kind: 'won' | 'lost') =>
        ids.slice(0, 5).filter((_, i) => {
          const [before, after] = pairs[i]!.map((value) => value > 0)
          return before !== after && after === (kind === 'won')
        })
      const found = runs.flips(db, 'one', 'two')
      expect(found.pairs).toBe(5)
      for (const kind of ['won', 'lost'] as const) {
        expect([...runs.flippedPairs(db, 'one', 'two', kind, null)]).toEqual(expected(kind))
        expect([...runs.flippedPairs(db, 'two', 'one', kind === 'won' ? 'lost' : 'won', null)]).toEqual(expected(kind))
        expect([...runs.flippedPairs(db, 'one', 'two', kind, 'b')]).toEqual(expected(kind).filter((id) => ids.indexOf(id) >= 3))
        expect(found.sources.reduce((sum, row) => sum + row[kind], 0)).toBe(expected(kind).length)
      }
    }),
    { numRuns: 25 },
  )
})

test('what a trainer says again after a resume comes once, as it was said last', () => {
  using project = new MemoryProject()
  const { db } = project
  const ids = addPairs(
    db,
    [1, 2].map((i) => newPair(i)),
    'a',
    'train',
  )
  addPairs(db, [newPair(3)], 'a', 'test')
  tested(db, 'one', new Map())
  const unusable = (count: number): TrainerEvent => ({
    ...envelope(),
    type: 'unusable',
    set: 'train',
    left_out: true,
    count,
    pairs: [{ id: String(ids[0]), row: 1, code: 'TOO_LONG', message: 'It is too long.' }],
  })
  const first = unusable(1)
  const oom: TrainerEvent = { ...envelope(), type: 'oom', step: 4, token_budget: 512 }
  const warning: TrainerEvent = {
    ...envelope(),
    type: 'warning',
    code: 'TEXT_CUT',
    message: 'Some texts were cut.',
    ids: [String(ids[1])],
    count: 1,
  }
  runs.storeEvents(db, 'one', [first, oom, warning], 10)
  runs.storeEvents(db, 'one', [oom, unusable(2)], 20)
  expect(runs.notices(db, 'one')).toEqual([
    { type: 'unusable', source: null, leftOut: true, count: 2, pairs: [{ pairId: ids[0], message: 'It is too long.' }] },
    { type: 'oom', step: 4, tokenBudget: 512 },
    { type: 'warning', message: 'Some texts were cut.', count: 1, pairIds: [ids[1]] },
  ])
})

test('the spread of the SFC is that of its values, epoch by epoch, to the width of a bin', () => {
  using project = new MemoryProject()
  const { db } = project
  const ids = addPairs(
    db,
    Array.from({ length: 40 }, (_, i) => newPair(i + 1)),
    'a',
    'train',
  )
  addPairs(db, [newPair(99)], 'a', 'test')
  tested(db, 'one', new Map())
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 40 }), (sfc) => {
      db.prepare('DELETE FROM run_samples').run()
      const none = { mm_loss: null, text_loss: null, mm_margin: null, text_margin: null }
      runs.storeEvents(
        db,
        'one',
        [{ ...envelope(), type: 'samples', epoch: 2, ids: ids.slice(0, sfc.length).map(String), sfc, ...none }],
        10,
      )
      const [spread, ...more] = runs.sfcSpread(db, 'one')
      expect(more).toEqual([])
      expect(spread).toMatchObject({ epoch: 2, pairs: sfc.length })
      const sorted = sfc.toSorted((a, b) => a - b)
      for (const [name, share] of [
        ['low', 0.1],
        ['lowerQuartile', 0.25],
        ['median', 0.5],
        ['upperQuartile', 0.75],
        ['high', 0.9],
      ] as const) {
        expect(Math.abs(spread![name] - sorted[Math.ceil(share * sfc.length - 1e-9) - 1]!)).toBeLessThanOrEqual(0.0025 + 1e-9)
      }
    }),
  )
  expect(runs.sfcSpread(db, 'none')).toEqual([])
})
