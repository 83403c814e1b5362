import type { Database } from 'better-sqlite3'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { snapshotPair } from '../../src/protocols/trainer.ts'
import { trainInput } from '../../src/contract/training.ts'
import { BlindfoldError } from '../../src/core/errors.ts'
import { promptText, type Message } from '../../src/core/messages.ts'
import { chunk } from '../../src/db/pairs/chunk.ts'
import { assignGroups } from '../../src/db/pairs/groups.ts'
import { annotate } from '../../src/db/annotations/queries.ts'
import * as missing from '../../src/db/media/missing.ts'
import * as runs from '../../src/db/runs/queries.ts'
import { planRun } from '../../src/db/runs/plan.ts'
import { addPairs, image, MemoryProject, newPair } from './project.ts'

const input = (sources: string[], more: object = {}) => trainInput.parse({ method: 'standard', sources, ...more })
const codeOf = (work: () => unknown): string => {
  try {
    work()
  } catch (error) {
    if (error instanceof BlindfoldError) return `${error.code} ${error.detail.field ?? ''}`
    throw error
  }
  return 'no error'
}
const groupOf = (db: Database) =>
  new Map((db.prepare('SELECT pair_id AS id, group_id AS g FROM pair_state').all() as { id: number; g: string }[]).map((r) => [r.id, r.g]))

/** Pairs of three sources, some with a test split, with images shared at random. */
const anyProject = fc.array(
  fc.record({
    source: fc.constantFrom('a', 'b', 'c'),
    split: fc.constantFrom('', 'train', 'test'),
    images: fc.array(fc.nat(60), { maxLength: 2 }),
  }),
  { minLength: 1, maxLength: 80 },
)

describe('the plan of a run', () => {
  test('no group is on both sides, no usable pair of a test split is trained on, and nothing depends on the order', () => {
    fc.assert(
      fc.property(anyProject, fc.subarray<string>(['a', 'b', 'c'], { minLength: 1 }), fc.nat(5), (pairs, sources, seed) => {
        using project = new MemoryProject()
        const { db } = project
        for (const [row, { source, split, images }] of pairs.entries()) {
          addPairs(db, [newPair(row + 1, { images: [...new Set(images)].map(image) })], source, split)
        }
        assignGroups(db)
        let plan
        try {
          plan = planRun(db, input(sources, { seed }))
        } catch (error) {
          expect((error as BlindfoldError).code).toBe('NO_DATA')
          return
        }
        const groups = groupOf(db)
        const side = (role: string) => plan.filter((pair) => pair.role === role)
        const tested = new Set(side('test').map((pair) => groups.get(pair.pairId)))
        for (const pair of side('train')) {
          expect(tested.has(groups.get(pair.pairId))).toBe(false)
          expect<string[]>(sources).toContain(pair.source)
          expect(pairs[pair.pairId - 1]!.split).not.toBe('test')
        }
        const withTest = new Set<string>(pairs.filter((pair) => pair.split === 'test').map((pair) => pair.source))
        for (const pair of side('test')) {
          if (withTest.has(pair.source)) expect(pairs[pair.pairId - 1]!.split).toBe('test')
        }
        // Every source with two groups or more has something to be tested on.
        for (const source of new Set(pairs.map((pair) => pair.source))) {
          const own = new Set(pairs.flatMap((pair, i) => (pair.source === source ? [groups.get(i + 1)] : [])))
          if (own.size > 1 || withTest.has(source)) expect(side('test').some((pair) => pair.source === source)).toBe(true)
        }
        // What could be trained on and is not shares a group with a test pair.
        const planned = new Set(side('train').map((pair) => pair.pairId))
        for (const [i, { source, split }] of pairs.entries()) {
          if (sources.includes(source) && split !== 'test' && !planned.has(i + 1)) expect(tested.has(groups.get(i + 1))).toBe(true)
        }
        expect(planRun(db, input([...sources].reverse(), { seed }))).toEqual(plan)
      }),
      { numRuns: 60 },
    )
  })

  test('holds out about a fifth of the groups, others with another seed, and the same ones when the source grows', () => {
    using project = new MemoryProject()
    const { db } = project
    addPairs(
      db,
      Array.from({ length: 500 }, (_, i) => newPair(i, { images: [image(i)] })),
      'a',
    )
    assignGroups(db)
    const tested = (seed: number): number[] =>
      planRun(db, input(['a'], { seed })).flatMap((pair) => (pair.role === 'test' ? [pair.pairId] : []))
    const first = tested(0)
    expect(first.length).toBeGreaterThan(70)
    expect(first.length).toBeLessThan(130)
    expect(tested(1)).not.toEqual(first)
    addPairs(
      db,
      Array.from({ length: 100 }, (_, i) => newPair(1000 + i, { images: [image(1000 + i)] })),
      'a',
    )
    assignGroups(db)
    expect(tested(0).filter((id) => id <= 500)).toEqual(first)
  })

  test('leaves out tied and discarded pairs and what the filter does not have, and says why nothing is left', () => {
    using project = new MemoryProject()
    const { db } = project
    const ids = addPairs(
      db,
      [1, 2, 3, 4].map((i) => newPair(i, { images: [image(i)] })),
      'a',
      'train',
    )
    addPairs(
      db,
      [5, 6].map((i) => newPair(i, { images: [image(i)] })),
      'a',
      'test',
    )
    addPairs(db, [newPair(7, { images: [image(5)] })], 'b', '')
    addPairs(db, [newPair(8, { images: [image(8)] })], 'c', 'test')
    assignGroups(db)
    annotate(db, { pairId: ids[0]!, action: 'discard', blind: false }, 'x')
    annotate(db, { pairId: ids[1]!, action: 'tie', blind: false }, 'x')
    const plan = runs.plan(db, input(['a']))
    expect(plan).toEqual({
      trainPairs: 2,
      testSets: [
        { source: 'a', pairs: 2 },
        { source: 'c', pairs: 1 },
      ],
      incomplete: 0,
    })
    expect(runs.plan(db, input(['a'], { filter: { text: 'picture 3' } })).trainPairs).toBe(1)
    expect(codeOf(() => runs.plan(db, input(['a'], { filter: { text: 'nowhere' } })))).toBe('NO_DATA filter')
    expect(codeOf(() => runs.plan(db, input(['b'])))).toBe('NO_DATA sources')
    expect(codeOf(() => runs.plan(db, input(['c'])))).toBe('NO_DATA sources')
    expect(codeOf(() => runs.plan(db, input(['none'])))).toBe('NO_DATA sources')
  })
})

describe('pairs that lack an image', () => {
  const gone = { missing: 'gone.png', reason: 'gone' }

  test('are neither trained nor tested on, and are counted; once it is found, they are', () => {
    using project = new MemoryProject()
    const { db } = project
    const train = addPairs(
      db,
      [1, 2, 3].map((i) => newPair(i, { images: i === 3 ? [image(i), gone] : [image(i)] })),
      'a',
      'train',
    )
    const tested = addPairs(
      db,
      [4, 5].map((i) => newPair(i, { images: i === 5 ? [gone] : [image(i)] })),
      'a',
      'test',
    )
    const [tied] = addPairs(db, [newPair(6, { images: [image(6), { missing: 'other.png', reason: 'gone' }], tied: true })], 'a', 'train')
    assignGroups(db)
    const planned = () => planRun(db, input(['a'])).map(({ pairId }) => pairId)
    expect(planned()).toEqual([train[0], train[1], tested[0]])
    expect(runs.plan(db, input(['a']))).toEqual({ trainPairs: 2, testSets: [{ source: 'a', pairs: 1 }], incomplete: 2 })
    expect(missing.heal(db, 'gone.png', { hash: image(9), mime: 'image/png', width: 8, height: 8, bytes: 100 }, 10)).toMatchObject({
      complete: 2,
    })
    assignGroups(db)
    // The image that was found joins a training pair to a test pair: that one is tested only.
    expect(planned()).toEqual([train[0], train[1], ...tested])
    expect(runs.plan(db, input(['a'])).incomplete).toBe(0)
    expect(planned()).not.toContain(tied)
  })

  test('a source of none but such pairs is told so', () => {
    using project = new MemoryProject()
    addPairs(project.db, [newPair(1, { images: [gone] })], 'a')
    expect(() => planRun(project.db, input(['a']))).toThrow(/has a missing image/)
  })
})

/** A run with its job, as the service makes them. */
function makeRun(db: Database, id: string, sources: string[]): void {
  const job = {
    id: `job-${id}`,
    kind: 'train' as const,
    title: id,
    input: {},
    createdAt: new Date().toISOString(),
    state: { status: 'queued' as const },
  }
  runs.create(db, job, { id, dir: `runs/${id}`, options: input(sources) })
}

describe('a run', () => {
  test('pins texts and labels: what is said of its pairs later changes neither snapshot nor hash', () => {
    using project = new MemoryProject()
    const { db } = project
    const ids = addPairs(
      db,
      [1, 2, 3].map((i) => newPair(i, { images: [image(i)] })),
      'a',
      'train',
    )
    addPairs(db, [newPair(4, { images: [image(4)] })], 'a', 'test')
    assignGroups(db)
    annotate(db, { pairId: ids[0]!, action: 'flip', blind: true }, 'x')
    makeRun(db, 'one', ['a'])
    const snapshot = () => runs.snapshotChunk(db, 'one', { role: 'train', source: null, weighing: null }, 0, 100)
    const before = snapshot()
    expect(before.map((pair) => pair.chosen)).toEqual(['wrong 1', 'right 2', 'right 3'])
    expect(before[0]).toMatchObject({ id: String(ids[0]), images: [image(1)], group: image(1) })
    makeRun(db, 'same', ['a'])
    expect(runs.get(db, 'same').snapshotHash).toBe(runs.get(db, 'one').snapshotHash)

    annotate(db, { pairId: ids[0]!, action: 'edit', prompt: 'p', chosen: 'c', rejected: 'r', blind: false }, 'x')
    annotate(db, { pairId: ids[1]!, action: 'flip', blind: false }, 'x')
    annotate(db, { pairId: ids[2]!, action: 'discard', blind: false }, 'x')
    expect(snapshot()).toEqual(before)
    makeRun(db, 'other', ['a'])
    expect(runs.get(db, 'other').snapshotHash).not.toBe(runs.get(db, 'one').snapshotHash)
    expect(runs.testSources(db, 'one')).toEqual(['a'])
    expect(snapshot()).toEqual([
      ...runs.snapshotChunk(db, 'one', { role: 'train', source: 'a', weighing: null }, 0, 2),
      ...runs.snapshotChunk(db, 'one', { role: 'train', source: 'a', weighing: null }, ids[1]!, 2),
    ])
  })

  test('carries the turns of prompts and the places of images, until the prompt is edited', () => {
    using project = new MemoryProject()
    const { db } = project
    const messages: Message[] = [
      { role: 'system', content: [{ type: 'text', text: 'Be brief.' }] },
      {
        role: 'user',
        content: [{ type: 'text', text: 'First:' }, { type: 'image' }, { type: 'text', text: 'Second:' }, { type: 'image' }],
      },
    ]
    const prompt = promptText(messages)
    const ids = addPairs(
      db,
      [
        newPair(1, { prompt, messages, images: [image(1), image(2)] }),
        newPair(2, { images: [image(3)] }),
        newPair(3, { prompt, messages, images: [image(4), image(5)] }),
      ],
      'a',
      'train',
    )
    assignGroups(db)
    annotate(db, { pairId: ids[2]!, action: 'edit', prompt: 'Plain.', chosen: 'c', rejected: 'r', blind: false }, 'x')
    annotate(db, { pairId: ids[0]!, action: 'flip', blind: false }, 'x')
    makeRun(db, 'one', ['a'])
    const snapshot = [
      ...runs.snapshotChunk(db, 'one', { role: 'train', source: null, weighing: null }, 0, 100),
      ...runs.snapshotChunk(db, 'one', { role: 'test', source: null, weighing: null }, 0, 100),
    ]
    expect(snapshot.sort((a, b) => Number(a.id) - Number(b.id)).map((pair) => snapshotPair.parse(pair).messages)).toEqual([
      messages,
      undefined,
      undefined,
    ])
    expect(snapshot[0]?.prompt).toBe(prompt)
    // What a scan and a preflight read says the same.
    expect(chunk(db, 0, 10).map((pair) => pair.messages)).toEqual([messages, null, null])
  })

  test.each(['prior', 'audit'] as const)(
    'training pairs weigh their %s SFC over its mean, and 1 where none holds; test pairs are not weighted',
    (kind) => {
      using project = new MemoryProject()
      const { db } = project
      const ids = addPairs(
        db,
        [1, 2, 3, 4].map((i) => newPair(i, { images: [image(i)] })),
        'a',
        'train',
      )
      addPairs(db, [newPair(5, { images: [image(5)] })], 'a', 'test')
      assignGroups(db)
      // Where one pair has an audit SFC, the prior ones of others count for nothing, however large.
      const set = db.prepare('UPDATE pair_state SET text_loss = ?, audit_sfc = ?, stale = ? WHERE pair_id = ?')
      const losses = [0.2, 0.6, 0.9].map((sfc) => (sfc * Math.LN2) / (1 - sfc))
      if (kind === 'audit') {
        set.run(9, 0.2, 0, ids[0])
        set.run(0.01, 0.6, 0, ids[1])
        set.run(5, 0.9, 1, ids[2])
        set.run(5, null, 0, ids[3])
      } else for (const i of [0, 1, 2]) set.run(losses[i], null, i === 2 ? 1 : 0, ids[i])
      makeRun(db, 'one', ['a'])
      const weighing = runs.weighing(db, 'one')
      expect(weighing).toEqual({ kind, meanSfc: expect.closeTo(0.4) as number, weighed: 2, others: 2 })
      const weights = (role: 'train' | 'test') =>
        runs.snapshotChunk(db, 'one', { role, source: null, weighing }, 0, 100).map((pair) => pair.weight)
      const [low, high, ...rest] = weights('train')
      expect([low, high]).toEqual([expect.closeTo(0.5), expect.closeTo(1.5)])
      expect(rest).toEqual([1, 1])
      expect(weights('test')).toEqual([undefined])
    },
  )

  test('a run without data makes neither a run nor a job', () => {
    using project = new MemoryProject()
    expect(codeOf(() => makeRun(project.db, 'none', ['a']))).toBe('NO_DATA sources')
    expect(project.db.prepare('SELECT count(*) AS n FROM jobs').get()).toEqual({ n: 0 })
  })

  test('events told twice, or from an earlier checkpoint again, leave what telling them once leaves', () => {
    using project = new MemoryProject()
    const { db } = project
    const ids = addPairs(
      db,
      [1, 2, 3].map((i) => newPair(i, { images: [image(i)] })),
      'a',
      'train',
    )
    addPairs(db, [newPair(4, { images: [image(4)] })], 'a', 'test')
    assignGroups(db)
    const envelope = (seq: number) => ({ v: 1 as const, seq, ts: new Date().toISOString(), run_id: 'r', rank: 0 })
    const step = (n: number) => ({
      ...envelope(n),
      type: 'step' as const,
      step: n,
      epoch: n / 3,
      lr: 0.1,
      loss_mm: 1 / n,
      loss_text: null,
      sfc_mean: null,
      acc_mm: 0.5,
      acc_text: null,
      grad_norm: 1,
      tokens: 3,
      pairs_per_s: 9,
      eta_s: null,
      mem_peak_bytes: 1,
    })
    const samples = {
      ...envelope(9),
      type: 'samples' as const,
      epoch: 0,
      ids: ids.map(String),
      mm_loss: [1, 2, 3],
      text_loss: null,
      sfc: null,
      mm_margin: [3, 2, 1],
      text_margin: null,
    }
    const scores = { ...envelope(10), type: 'eval' as const, set: 'a', ids: ['4'], mm_margin: [0.5], text_margin: null }
    const events = [step(1), step(2), samples, step(3), scores]
    const content = (id: string) =>
      ['run_steps', 'run_samples', 'run_eval'].map((table) =>
        db
          .prepare(`SELECT * FROM ${table} WHERE run_id = ?`)
          .all(id)
          .map((row) => ({ ...(row as object), run_id: '' })),
      )
    makeRun(db, 'once', ['a'])
    runs.storeEvents(db, 'once', events, 100)
    makeRun(db, 'twice', ['a'])
    runs.storeEvents(db, 'twice', events.slice(0, 4), 80)
    runs.storeEvents(db, 'twice', events.slice(1), 100)
    expect(content('twice')).toEqual(content('once'))
    expect(runs.get(db, 'twice')).toMatchObject({ step: 3, eventOffset: 100 })
    expect(runs.steps(db, 'once').map((point) => point.lossMm)).toEqual([1, 1 / 2, 1 / 3])
    expect(runs.evalRows(db, 'once')).toMatchObject([{ pairId: 4, source: 'a', group: image(4), mm: 0.5, text: null }])
    // An event of a pair that does not exist leaves nothing of its batch, and the offset where it was.
    expect(() => runs.storeEvents(db, 'once', [step(4), { ...scores, ids: ['999'] }], 200)).toThrow()
    expect(runs.get(db, 'once')).toMatchObject({ step: 3, eventOffset: 100 })
  })
})
