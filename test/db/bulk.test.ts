import type { Database } from 'better-sqlite3'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { BulkAction } from '../../src/contract/curation.ts'
import { annotateInput, type PairFilter } from '../../src/contract/pairs.ts'
import * as annotations from '../../src/db/annotations/queries.ts'
import * as bulk from '../../src/db/bulk/queries.ts'
import * as tags from '../../src/db/tags/queries.ts'
import { addPairs, MemoryProject, newPair } from './project.ts'

const PAIRS = 8

/** All that anybody sees of the pairs, but for times and the log of what was said. */
function seen(db: Database, only?: (pairId: number) => boolean) {
  const rows = db
    .prepare(
      `SELECT s.pair_id, s.split, s.status, s.text_hash, s.stale, coalesce(a.prompt, p.prompt) AS prompt, coalesce(a.chosen, p.chosen) AS chosen,
              coalesce(a.rejected, p.rejected) AS rejected,
              (SELECT group_concat(name, ' ') FROM (SELECT t.name FROM pair_tags x JOIN tags t ON t.id = x.tag_id
                                                     WHERE x.pair_id = s.pair_id ORDER BY t.name)) AS tags
       FROM pair_state s JOIN pairs p ON p.id = s.pair_id LEFT JOIN annotations a ON a.id = s.annotation_id ORDER BY s.pair_id`,
    )
    .all() as { pair_id: number; split: string; status: string; tags: string | null }[]
  return rows.filter(({ pair_id }) => only?.(pair_id) ?? true)
}

let jobs = 0

/** As the job does it, in stretches of three. */
function run(db: Database, change: BulkAction, filter: PairFilter = {}, stretches = Infinity): { id: number; pairs: number } {
  const jobId = `job ${++jobs}`
  db.prepare("INSERT INTO jobs (id, kind, title, status, input, created_at) VALUES (?, 'bulk', '', 'queued', '{}', '')").run(jobId)
  const { id, lastPair } = bulk.begin(db, jobId, change, 'tester')
  let pairs = 0
  for (let after = 0; after < lastPair; after += 5) pairs += bulk.select(db, id, filter, after, Math.min(after + 5, lastPair))
  for (let done = 0; done < stretches && !bulk.apply(db, id, 3).over; done++);
  return { id, pairs }
}

function takeBack(db: Database, id: number): { undone: number; kept: number } {
  const sum = { undone: 0, kept: 0 }
  for (let after: number | null = 0; after !== null;) {
    const step: ReturnType<typeof bulk.takeBack> = bulk.takeBack(db, id, after, 3, 'tester')
    sum.undone += step.undone
    sum.kept += step.kept
    after = step.next
  }
  return sum
}

const pairIds = fc.uniqueArray(fc.integer({ min: 1, max: PAIRS }), { minLength: 1 })
const change = fc.constantFrom<BulkAction>(
  { action: 'discard' },
  { action: 'tag', tag: 'x' },
  { action: 'tag', tag: 'y' },
  { action: 'untag', tag: 'x' },
  { action: 'set-split', split: 'test' },
  { action: 'set-split', split: '' },
)
type Step =
  | { on: number; label: object }
  | { on: number; tag: { add: string[]; remove: string[] } }
  | { bulk: BulkAction; of: number[] }
  | 'undo'
  | 'redo'
const label = fc.constantFrom(
  { action: 'keep' },
  { action: 'flip' },
  { action: 'tie' },
  { action: 'discard' },
  { action: 'edit', prompt: 'e', chosen: 'c', rejected: 'r' },
)
const onPair = fc.integer({ min: 1, max: PAIRS })
const single: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ on: onPair, label }),
  fc.record({ on: onPair, tag: fc.record({ add: fc.subarray(['x', 'y']), remove: fc.subarray(['x', 'y']) }) }),
)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: single },
  { weight: 2, arbitrary: fc.record({ bulk: change, of: pairIds }) },
  fc.constantFrom<Step>('undo', 'redo'),
)

function take(db: Database, each: Step): void {
  if (each === 'undo' || each === 'redo') {
    try {
      annotations[each](db, 'tester')
    } catch {
      // There was nothing.
    }
  } else if ('label' in each) annotations.annotate(db, annotateInput.parse({ pairId: each.on, ...each.label }), 'tester')
  else if ('tag' in each) tags.change(db, each.on, each.tag)
  else run(db, each.bulk, { pairIds: each.of })
}

function filled(): MemoryProject {
  const project = new MemoryProject()
  addPairs(
    project.db,
    Array.from({ length: PAIRS }, (_, i) => newPair(i + 1)),
    'src',
    'train',
  )
  return project
}

describe('a bulk action', () => {
  test('taken back leaves everything as it was, whatever came before', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), change, pairIds, (before, action, of) => {
        using project = filled()
        for (const each of before) take(project.db, each)
        const was = seen(project.db)
        const { id, pairs } = run(project.db, action, { pairIds: of })
        expect(pairs).toBe(of.length)
        const now = seen(project.db)
        const differing = now.filter((row, i) => JSON.stringify(row) !== JSON.stringify(was[i]))
        expect(bulk.list(project.db)[0]).toMatchObject({ id, action, pairs: differing.length, state: 'done' })
        for (const row of now) {
          if (!of.includes(row.pair_id)) continue
          if (action.action === 'discard') expect(row.status).toBe('discarded')
          if (action.action === 'set-split') expect(row.split).toBe(action.split)
          if (action.action === 'tag') expect(row.tags?.split(' ')).toContain(action.tag)
          if (action.action === 'untag') expect(row.tags?.split(' ') ?? []).not.toContain(action.tag)
        }
        expect(takeBack(project.db, id)).toEqual({ undone: differing.length, kept: 0 })
        expect(seen(project.db)).toEqual(was)
        expect(bulk.list(project.db)[0]).toMatchObject({ id, state: 'undone' })
        expect(() => bulk.takeBack(project.db, id, 0, 3, 'tester')).toThrow(expect.objectContaining({ code: 'JOB_STATE' }))
      }),
      { numRuns: 200 },
    )
  })

  test('taken back leaves alone what somebody has labelled since', () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 8 }),
        pairIds,
        fc.array(fc.record({ on: onPair, label }), { maxLength: 6 }),
        (before, of, since) => {
          using project = filled()
          for (const each of before) take(project.db, each)
          const was = seen(project.db)
          const { id } = run(project.db, { action: 'discard' }, { pairIds: of })
          for (const each of since) take(project.db, each)
          const then = seen(project.db)
          takeBack(project.db, id)
          const touched = new Set(since.map(({ on }) => on))
          expect(seen(project.db, (pairId) => !touched.has(pairId))).toEqual(was.filter(({ pair_id }) => !touched.has(pair_id)))
          expect(seen(project.db, (pairId) => touched.has(pairId))).toEqual(then.filter(({ pair_id }) => touched.has(pair_id)))
        },
      ),
      { numRuns: 150 },
    )
  })

  test('that was stopped is taken back as far as it came', () => {
    using project = filled()
    const was = seen(project.db)
    const { id } = run(project.db, { action: 'set-split', split: 'test' }, {}, 2)
    expect(bulk.list(project.db)[0]).toMatchObject({ state: 'partial', pairs: 6 })
    expect(takeBack(project.db, id)).toEqual({ undone: 6, kept: 0 })
    expect(seen(project.db)).toEqual(was)
    expect(() => bulk.apply(project.db, id, 3)).toThrow(expect.objectContaining({ code: 'JOB_STATE' }))
  })

  test('is on the pairs that the filter had when it began', () => {
    using project = filled()
    const { id, pairs } = run(project.db, { action: 'discard' }, { statuses: ['unreviewed'] }, 1)
    expect(pairs).toBe(PAIRS)
    while (!bulk.apply(project.db, id, 3).over);
    expect(seen(project.db).every(({ status }) => status === 'discarded')).toBe(true)
  })

  test('brings a tag into being and lets it go with the last pair', () => {
    using project = filled()
    const names = () => project.db.prepare('SELECT name FROM tags').pluck().all()
    const { id } = run(project.db, { action: 'tag', tag: 'x' }, { pairIds: [1, 2] })
    expect(names()).toEqual(['x'])
    run(project.db, { action: 'untag', tag: 'x' })
    expect(names()).toEqual([])
    expect(takeBack(project.db, id)).toEqual({ undone: 0, kept: 2 })
    expect(tags.change(project.db, 1, { add: ['b', 'a', 'b'], remove: ['nothing'] })).toEqual(['a', 'b'])
    expect(tags.change(project.db, 1, { add: [], remove: ['a', 'b'] })).toEqual([])
    expect(names()).toEqual([])
  })
})

describe('undo and redo of single labels', () => {
  const flip = (db: Database, pairId: number) => annotations.annotate(db, annotateInput.parse({ pairId, action: 'flip' }), 'tester')
  const statusOf = (db: Database, pairId: number) => seen(db, (id) => id === pairId)[0]?.status

  test('pass over bulk actions and what those cover', () => {
    using project = filled()
    const { db } = project
    flip(db, 1)
    flip(db, 2)
    const { id } = run(db, { action: 'discard' }, { pairIds: [2, 3] })
    expect(annotations.undo(db, 'tester')).toMatchObject({ pairId: 1, status: 'unreviewed' })
    expect(() => annotations.undo(db, 'tester')).toThrow(expect.objectContaining({ code: 'NOTHING_TO_UNDO' }))
    expect(annotations.redo(db, 'tester')).toMatchObject({ pairId: 1, status: 'flipped' })
    expect([statusOf(db, 2), statusOf(db, 3)]).toEqual(['discarded', 'discarded'])
    takeBack(db, id)
    expect(statusOf(db, 2)).toBe('flipped')
    expect(() => annotations.redo(db, 'tester')).toThrow(expect.objectContaining({ code: 'NOTHING_TO_REDO' }))
    annotations.undo(db, 'tester')
    expect(annotations.undo(db, 'tester')).toMatchObject({ pairId: 2, status: 'unreviewed' })
  })

  test('never touch a pair whose label is a bulk action’s', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 25 }), (steps) => {
        using project = filled()
        for (const each of steps) {
          const covered = project.db
            .prepare('SELECT s.pair_id FROM pair_state s JOIN annotations a ON a.id = s.annotation_id WHERE a.bulk_id IS NOT NULL')
            .pluck()
            .all() as number[]
          const was = seen(project.db, (id) => covered.includes(id))
          take(project.db, each)
          if (each === 'undo' || each === 'redo') expect(seen(project.db, (id) => covered.includes(id))).toEqual(was)
        }
      }),
      { numRuns: 150 },
    )
  })

  test('bring a pair that was imported as a tie back to being one', () => {
    using project = filled()
    const { db } = project
    db.exec("UPDATE pairs SET tied = 1 WHERE id = 1; UPDATE pair_state SET status = 'tied' WHERE pair_id = 1")
    flip(db, 1)
    expect(annotations.undo(db, 'tester')).toMatchObject({ pairId: 1, status: 'tied' })
    const { id } = run(db, { action: 'discard' }, { pairIds: [1] })
    takeBack(db, id)
    expect(statusOf(db, 1)).toBe('tied')
  })
})
