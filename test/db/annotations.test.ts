import type { Database } from 'better-sqlite3'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { annotateInput, type AnnotateInput } from '../../src/contract/pairs.ts'
import { textHash } from '../../src/db/pairs/hash.ts'
import * as annotations from '../../src/db/annotations/queries.ts'
import * as pairs from '../../src/db/pairs/queries.ts'
import { refreshAudit } from '../../src/db/scans/queries.ts'
import { relabel, type Label, type Texts } from '../../src/core/pair-status.ts'
import { addPairs, MemoryProject, newPair, Project } from './project.ts'

const annotate = (project: { db: Database }, input: AnnotateInput) => annotations.annotate(project.db, annotateInput.parse(input), 'tester')

/** Gives every pair a held-out margin of its present text. */
function score(db: Database): void {
  db.exec(`INSERT INTO scans (id, proxy, seed, folds, dir, in_sample_accuracy, finished_at, created_at) VALUES (1, 'lexical', 0, 5, 'scans/x', 1, '2026-01-01', '2026-01-01');
    INSERT INTO text_scores (scan_id, pair_id, fold, margin, loss, text_hash, scored_at) SELECT 1, pair_id, 0, 2, 0.1, text_hash, '2026-01-01' FROM pair_state`)
  refreshAudit(db)
}

function shown(project: { db: Database }, pairId: number): Label & { stale: boolean } {
  const { status, prompt, chosen, rejected, stale } = pairs.get(project.db, pairId)
  return { status, texts: { prompt, chosen, rejected }, stale }
}

const PAIRS = 3
const imported: Texts[] = Array.from({ length: PAIRS }, (_, i) => ({ prompt: `q${i}`, chosen: 'x', rejected: 'y' }))
const label = fc.oneof(
  fc.record({ action: fc.constantFrom('keep', 'flip', 'tie', 'discard') }),
  fc.record({
    action: fc.constant('edit'),
    prompt: fc.constantFrom('q0', 'other'),
    chosen: fc.constantFrom('x', 'z'),
    rejected: fc.constant('y'),
  }),
)
const step = fc.oneof(
  { weight: 3, arbitrary: fc.tuple(fc.integer({ min: 0, max: PAIRS - 1 }), label) },
  { weight: 2, arbitrary: fc.constant('undo' as const) },
  { weight: 2, arbitrary: fc.constant('redo' as const) },
)

test('undo and redo behave like two stacks of whole states, over any sequence of actions', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 25 }), (steps) => {
      using project = new MemoryProject()
      const ids = addPairs(
        project.db,
        imported.map((texts, i) => newPair(i + 1, texts)),
      )
      score(project.db)
      let now: Label[] = imported.map((texts) => ({ status: 'unreviewed', texts }))
      const undone: Label[][] = []
      const past: Label[][] = []
      for (const each of steps) {
        if (each === 'undo' || each === 'redo') {
          const [from, to] = each === 'undo' ? [past, undone] : [undone, past]
          const before = from.pop()
          const act = () => annotations[each](project.db, 'tester')
          if (!before) {
            expect(act).toThrow(expect.objectContaining({ code: each === 'undo' ? 'NOTHING_TO_UNDO' : 'NOTHING_TO_REDO' }))
            continue
          }
          const changed = before.findIndex((_, i) => before[i] !== now[i])
          const result = act()
          // It says which pair it was on, and what that pair is now.
          expect(result).toMatchObject({ pairId: ids[changed], status: before[changed]?.status })
          to.push(now)
          now = before
        } else {
          const [i, act] = each as [number, Parameters<typeof relabel>[2]]
          const { annotationId, status } = annotate(project, { pairId: ids[i], ...act } as AnnotateInput)
          past.push(now)
          undone.length = 0
          now = now.map((label, j) => (j === i ? relabel(imported[i]!, label, act) : label))
          expect(status).toBe(now[i]?.status)
          expect(annotationId).toBeGreaterThan(0)
        }
        now.forEach((label, i) => {
          const { prompt, chosen, rejected } = label.texts
          const [was, first] = [imported[i] as typeof label.texts, [chosen, rejected].sort()]
          const stale = JSON.stringify([prompt, first]) !== JSON.stringify([was.prompt, [was.chosen, was.rejected].sort()])
          expect(shown(project, ids[i]!)).toEqual({ ...label, stale })
        })
      }
      // The view kept by triggers is what the log says.
      const hashes = project.db.prepare('SELECT text_hash FROM pair_state ORDER BY pair_id').pluck().all()
      expect(hashes).toEqual(now.map(({ texts }) => textHash(texts.prompt, texts.chosen, texts.rejected)))
    }),
    { numRuns: 100 },
  )
})

describe('the log of annotations', () => {
  test('cannot be changed or shortened, by whatever SQL', () => {
    using project = new Project()
    const [pairId = 0] = addPairs(project.db, [newPair(1)])
    annotate(project, { pairId, action: 'flip' })
    annotate(project, { pairId, action: 'discard' })
    const before = project.db.prepare('SELECT * FROM annotations').all()
    for (const sql of [
      "UPDATE annotations SET status = 'kept'",
      'UPDATE annotations SET id = id + 1',
      'DELETE FROM annotations',
      'REPLACE INTO annotations SELECT * FROM annotations WHERE id = 1',
      'DELETE FROM pairs',
    ]) {
      expect(() => project.db.exec(sql), sql).toThrow(/append-only|FOREIGN KEY|UNIQUE/)
    }
    expect(project.db.prepare('SELECT * FROM annotations').all()).toEqual(before)
  })

  test('keeps who said what, and whether the label was hidden', () => {
    using project = new Project()
    const [pairId = 0] = addPairs(project.db, [newPair(1)])
    annotate(project, { pairId, action: 'flip', blind: true })
    annotations.undo(project.db, 'other')
    annotations.redo(project.db, 'tester')
    const history = annotations.history(project.db, pairId)
    expect(history.map(({ action, status, blind, annotator }) => [action, status, blind, annotator])).toEqual([
      ['flip', 'flipped', true, 'tester'],
      ['undo', 'unreviewed', false, 'other'],
      ['redo', 'flipped', false, 'tester'],
    ])
    expect(pairs.get(project.db, pairId).history).toEqual(history)
  })
})

test('a label that would leave nothing to prefer, or is on no pair, is refused and leaves no trace', () => {
  using project = new Project()
  const [pairId = 0] = addPairs(project.db, [newPair(1)])
  const same = { pairId, action: 'edit' as const, prompt: 'p', chosen: 'same', rejected: 'same' }
  expect(() => annotate(project, same)).toThrow(
    expect.objectContaining({ code: 'INVALID_INPUT', detail: expect.objectContaining({ field: 'rejected' }) as object }),
  )
  expect(() => annotate(project, { pairId: 99, action: 'keep' })).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }))
  expect(project.db.prepare('SELECT count(*) FROM annotations').pluck().get()).toBe(0)
})

test('an edit makes the score stale, and taking it back makes it current again; a flip does neither', () => {
  using project = new Project()
  const [pairId = 0] = addPairs(project.db, [newPair(1)])
  expect(shown(project, pairId).stale).toBe(false)
  score(project.db)
  const margin = () => pairs.get(project.db, pairId).textMargin
  annotate(project, { pairId, action: 'flip' })
  expect([shown(project, pairId).stale, margin()]).toEqual([false, -2])
  const { prompt, chosen, rejected } = pairs.get(project.db, pairId)
  annotate(project, { pairId, action: 'edit', prompt, chosen: `${chosen}!`, rejected })
  expect([shown(project, pairId).stale, pairs.count(project.db, { stale: true })]).toEqual([true, 1])
  annotate(project, { pairId, action: 'edit', prompt, chosen, rejected })
  expect([shown(project, pairId).stale, margin(), pairs.count(project.db, { stale: true })]).toEqual([false, -2, 0])
  annotate(project, { pairId, action: 'flip' })
  expect(shown(project, pairId)).toMatchObject({ stale: false, status: 'kept' })
  expect(margin()).toBe(2)
})

test('an edited pair is found by its new words and no longer by the old ones, until undone', () => {
  using project = new Project()
  const [pairId = 0] = addPairs(project.db, [newPair(1, { chosen: 'a zebra' })])
  const found = (text: string) => pairs.count(project.db, { text })
  annotate(project, { pairId, action: 'edit', prompt: 'now', chosen: 'a giraffe', rejected: 'wrong 1' })
  expect([found('zebra'), found('giraffe')]).toEqual([0, 1])
  annotations.undo(project.db, 'tester')
  expect([found('zebra'), found('giraffe')]).toEqual([1, 0])
})

test('labels that came with an import are not taken back, those given here before and after are', () => {
  using project = new Project()
  const { db } = project
  const [own] = addPairs(db, [newPair(1)]) as [number]
  annotate(project, { pairId: own, action: 'flip' })
  const said = {
    reverts: null,
    prompt: null,
    chosen: null,
    rejected: null,
    blind: false,
    annotator: 'elsewhere',
    at: '2026-01-01T00:00:00.000Z',
  } as const
  const [brought] = addPairs(
    db,
    [
      newPair(2, {
        history: [
          { ...said, action: 'keep', status: 'kept' },
          { ...said, action: 'undo', reverts: 0, status: 'unreviewed' },
        ],
      }),
    ],
    'elsewhere',
  ) as [number]
  const status = (pairId: number) => pairs.get(db, pairId).status
  expect(() => annotations.redo(db, 'tester')).toThrow(expect.objectContaining({ code: 'NOTHING_TO_REDO' }))
  annotate(project, { pairId: brought, action: 'tie' })
  expect(annotations.undo(db, 'tester')).toMatchObject({ pairId: brought, status: 'unreviewed' })
  expect(annotations.undo(db, 'tester')).toMatchObject({ pairId: own, status: 'unreviewed' })
  expect(() => annotations.undo(db, 'tester')).toThrow(expect.objectContaining({ code: 'NOTHING_TO_UNDO' }))
  expect([status(own), status(brought)]).toEqual(['unreviewed', 'unreviewed'])
  expect(annotations.redo(db, 'tester')).toMatchObject({ pairId: own, status: 'flipped' })
})
