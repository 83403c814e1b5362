import fc from 'fast-check'
import { expect, test } from 'vitest'
import { scanInput } from '../../src/contract/proxies.ts'
import type { ProbeFindings } from '../../src/contract/probe.ts'
import { random } from '../../src/core/random.ts'
import { quadrantOf, sfc, softplusNeg, trainingInfluence } from '../../src/core/losses.ts'
import * as annotations from '../../src/db/annotations/queries.ts'
import { heal } from '../../src/db/media/missing.ts'
import * as pairs from '../../src/db/pairs/queries.ts'
import * as runs from '../../src/db/runs/queries.ts'
import * as scans from '../../src/db/scans/queries.ts'
import { addPairs, image, MemoryProject, newPair } from './project.ts'

const estimate = { value: 0.9, low: 0.8, high: 1 }
const findings: ProbeFindings = {
  pairs: 4,
  groups: 4,
  withoutImage: 0,
  leftOut: 0,
  accuracy: estimate,
  blank: estimate,
  swapped: estimate,
  imageGain: { value: 0.2, low: 0.1, high: 0.3 },
  survives: { blank: null, swapped: null },
  inSampleAccuracy: 1,
  sentence: '',
}

/** What a score was of. */
type Scored = { texts: string[]; shown: number; margin: number; mm: number; mmTexts: string[]; mmShown: number }
type Texts = { prompt: string; chosen: string; rejected: string }
const listed = ({ prompt, chosen, rejected }: Texts) => [prompt, chosen, rejected]
/** 1 the same, -1 turned round, 0 another text. */
const turn = (a: string[], b: string[]) => (a.join('|') === b.join('|') ? 1 : [a[0], a[2], a[1]].join('|') === b.join('|') ? -1 : 0)

const MARGINS = [
  [2.5, -1.25],
  [-0.75, 3],
  [0, 0.5],
  [6, 9],
] as const
const TEXTS = ['one', 'two', 'three']
const command = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constantFrom('keep', 'flip', 'flip', 'tie', 'discard'), pair: fc.nat(3) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('edit'),
      pair: fc.nat(3),
      prompt: fc.constantFrom(...TEXTS),
      chosen: fc.constantFrom(...TEXTS),
      rejected: fc.constantFrom(...TEXTS),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('undo', 'redo') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('heal', 'scan', 'probe', 'refresh') }) },
)

function world() {
  const project = new MemoryProject()
  const { db } = project
  const ids = addPairs(
    db,
    MARGINS.map((_, i) =>
      newPair(i, {
        prompt: 'one',
        chosen: i % 2 ? 'two' : 'three',
        rejected: i % 2 ? 'three' : 'two',
        images: [image(i + 1), ...(i === 3 ? [{ missing: 'lost.png', reason: 'gone' }] : [])],
      }),
    ),
    'a',
  )
  const scored = new Map<number, Scored>()
  const now = (id: number) => pairs.get(db, id)
  const hashOf = (id: number) => db.prepare('SELECT text_hash FROM pair_state WHERE pair_id = ?').pluck().get(id) as string
  let jobs = 0
  const job = () => {
    const jobId = `job ${++jobs}`
    db.prepare("INSERT INTO jobs (id, kind, title, status, input, created_at) VALUES (?, 'scan', '', 'running', '{}', '')").run(jobId)
    return jobId
  }
  const keep = (id: number, of: Partial<Scored>) => scored.set(id, { ...(scored.get(id) as Scored), ...of })
  const scan = () => {
    const { scanId } = scans.create(db, { jobId: job(), options: scanInput.parse({ seed: 0 }), model: null, folds: 5 })
    scans.storeScores(
      db,
      scanId,
      ids.map((id, i) => ({ id, key: hashOf(id), fold: i, margin: MARGINS[i]![0] })),
    )
    for (const [i, id] of ids.entries()) keep(id, { texts: listed(now(id)), shown: now(id).images.length, margin: MARGINS[i]![0] })
    scans.finish(db, scanId, { inSampleAccuracy: 1, unspaced: null })
    scans.refreshAudit(db)
  }
  const probe = () => {
    const probeId = scans.createProbe(db, { jobId: job(), model: null, seed: 0, folds: 5 })
    scans.storeProbeScores(
      db,
      probeId,
      ids.map((id, i) => ({ id, key: hashOf(id), fold: i, margin: MARGINS[i]![1], blank: 0, swapped: 0 })),
    )
    for (const [i, id] of ids.entries()) keep(id, { mmTexts: listed(now(id)), mmShown: now(id).images.length, mm: MARGINS[i]![1] })
    scans.finishProbe(db, probeId, findings)
    scans.refreshAudit(db)
  }
  scan()
  probe()
  return { project, db, ids, scored, now, scan, probe }
}

test('after any labels, edits and their undoing, margins are those that were scored, turned with the label; only text and images make them stale', () => {
  let [turnedOnes, staleOnes, audits] = [0, 0, 0]
  fc.assert(
    fc.property(fc.array(command, { maxLength: 14 }), (commands) => {
      const { project, db, ids, scored, now, scan, probe } = world()
      using _ = project
      for (const c of commands) {
        try {
          if (c.do === 'undo') annotations.undo(db, 'me')
          else if (c.do === 'redo') annotations.redo(db, 'me')
          else if (c.do === 'heal') heal(db, 'lost.png', { hash: image(9), mime: 'image/png', width: 1, height: 1, bytes: 1 }, 10)
          else if (c.do === 'scan') scan()
          else if (c.do === 'probe') probe()
          else if (c.do === 'refresh') scans.refreshAudit(db)
          else annotations.annotate(db, { ...c, action: c.do, pairId: ids[(c as { pair: number }).pair]!, blind: false } as never, 'me')
        } catch (error) {
          expect(['NOTHING_TO_UNDO', 'NOTHING_TO_REDO', 'INVALID_INPUT']).toContain((error as { code?: string }).code)
        }
        let stale = 0
        for (const id of ids) {
          const pair = now(id)
          const of = scored.get(id)!
          const sign = turn(of.texts, listed(pair))
          const mmSign = turn(of.mmTexts, sign === 0 ? of.texts : listed(pair))
          const shown = pair.images.length
          const judged = mmSign !== 0 && (of.mmShown === shown || of.mmShown === of.shown)
          const [text, mm] = [0 + (sign || 1) * of.margin, judged ? 0 + mmSign * of.mm : null]
          expect(pair).toMatchObject({
            textMargin: text,
            mmMargin: mm,
            stale: sign === 0 || (judged && of.mmShown !== shown),
            quadrant: quadrantOf(text, mm),
          })
          expect(pair.textLoss).toBe(softplusNeg(text))
          expect(pair.auditSfc).toBe(mm === null ? null : sfc(softplusNeg(mm), softplusNeg(text)))
          stale += pair.stale ? 1 : 0
          turnedOnes += sign === -1 ? 1 : 0
          audits += judged ? 1 : 0
        }
        staleOnes += stale
        expect(pairs.facets(db).stale).toBe(stale)
        const order = pairs.list(db, { filter: {}, sort: '-textMargin', cursor: null, limit: 9 }).rows.map(({ textMargin }) => textMargin)
        expect(order).toEqual(order.toSorted((a, b) => (b as number) - (a as number)))
      }
    }),
    { numRuns: 60 },
  )
  expect(Math.min(turnedOnes, staleOnes, audits)).toBeGreaterThan(100)
})

test('training influence is relative to the mean over the pairs that have one when the numbers were last renewed', () => {
  const { project, db, ids, now } = world()
  using _ = project
  const raw = MARGINS.map(([text, mm]) => trainingInfluence(text, mm))
  const mean = raw.reduce((sum, value) => sum + value, 0) / raw.length
  expect(ids.map((id) => now(id).influence)).toEqual(raw.map((value) => expect.closeTo(value / mean, 12) as number))
  annotations.annotate(db, { pairId: ids[0]!, action: 'flip', blind: false }, 'me')
  expect(now(ids[0]!).influence).toBeCloseTo(trainingInfluence(-MARGINS[0][0], -MARGINS[0][1]) / mean, 12)
  // Tied and discarded pairs are in no mean, and keep their numbers.
  annotations.undo(db, 'me')
  annotations.annotate(db, { pairId: ids[0]!, action: 'tie', blind: false }, 'me')
  scans.refreshAudit(db)
  const without = raw.slice(1).reduce((sum, value) => sum + value, 0) / 3
  expect(now(ids[0]!)).toMatchObject({
    textMargin: MARGINS[0][0],
    mmMargin: MARGINS[0][1],
    stale: false,
    influence: expect.closeTo(raw[0]! / without, 12) as number,
  })
})

test('what runs said of a test pair, and which they won against each other, goes by its label as it is now', () => {
  const { project, db, ids } = world()
  using _ = project
  const tested = (run: string, margins: readonly number[]) => {
    db.prepare("INSERT INTO jobs (id, kind, title, status, input, created_at) VALUES (?, 'train', '', 'succeeded', '{}', '')").run(run)
    db.prepare(
      "INSERT INTO runs (id, job_id, method, train_source, seed, options, dir, snapshot_hash, train_pairs, test_pairs, created_at) VALUES (?, ?, 'standard', 'a', 0, '{\"sources\":[\"b\"]}', '', '', 1, 1, ?)",
    ).run(run, run, run)
    for (const [i, margin] of margins.entries()) {
      db.prepare(
        "INSERT INTO run_pairs (run_id, pair_id, role, text_hash) SELECT ?, pair_id, 'test', text_hash FROM pair_state WHERE pair_id = ?",
      ).run(run, ids[i])
      db.prepare('INSERT INTO run_eval (run_id, pair_id, mm_margin, text_margin) VALUES (?, ?, ?, ?)').run(run, ids[i], margin, margin / 2)
    }
  }
  const margins = (run: string) => runs.evalRows(db, run).map(({ mm, text }) => [mm, text])
  const hashes = (run: string) => runs.evalRows(db, run).map(({ textHash }) => textHash)
  tested('before', [1, 2, -3, -4])
  annotations.annotate(db, { pairId: ids[0]!, action: 'flip', blind: false }, 'me')
  tested('after', [1, -2, 3, -4])
  // The first pair had the other label when `before` was tested on it.
  expect(margins('before')).toEqual([
    [-1, -0.5],
    [2, 1],
    [-3, -1.5],
    [-4, -2],
  ])
  expect(margins('after')).toEqual([
    [1, 0.5],
    [-2, -1],
    [3, 1.5],
    [-4, -2],
  ])
  expect(hashes('before')).toEqual(hashes('after'))
  expect(runs.flips(db, 'before', 'after')).toEqual({ pairs: 4, sources: [{ source: 'a', pairs: 4, won: 2, lost: 1 }] })
  annotations.annotate(db, { pairId: ids[2]!, action: 'flip', blind: false }, 'me')
  expect(runs.flips(db, 'before', 'after')).toEqual({ pairs: 4, sources: [{ source: 'a', pairs: 4, won: 1, lost: 2 }] })
  expect([...runs.flippedPairs(db, 'before', 'after', 'won', null)]).toEqual([ids[0]])
  // Another text is judged as it was tested, by both runs alike.
  annotations.annotate(db, { pairId: ids[0]!, action: 'edit', prompt: 'new', chosen: 'x', rejected: 'y', blind: false }, 'me')
  expect(runs.flips(db, 'before', 'after').pairs).toBe(4)
  expect([...runs.flippedPairs(db, 'before', 'after', 'lost', null)]).toEqual([ids[0], ids[1], ids[2]])
})

test('text-only pairs do not move the estimated share of wrong labels', () => {
  const draw = random('noise')
  const pairs = Array.from({ length: 200 }, (_, i) => {
    // Half of the pairs name no image, and with them both models disagree with every label.
    const [named, wrong] = [i % 2 === 0, draw.next() < 0.1]
    return {
      pair: newPair(i, { images: named ? [image(i + 1)] : [] }),
      named,
      margins: [draw.normal(), 1 + draw.normal()].map((margin) => (wrong || !named ? -2 : 2) * Math.abs(margin)) as [number, number],
    }
  })
  const noiseOf = (of: typeof pairs) => {
    using project = new MemoryProject()
    const { db } = project
    const ids = addPairs(
      db,
      of.map(({ pair }) => pair),
    )
    db.exec(
      "INSERT INTO jobs (id, kind, title, status, input, created_at) VALUES ('a', 'scan', '', 'running', '{}', ''), ('b', 'probe', '', 'running', '{}', '')",
    )
    const score = (i: number, side: 0 | 1) => ({
      id: ids[i] as number,
      key: of[i]!.pair.textHash,
      fold: i % 5,
      margin: of[i]!.margins[side],
    })
    const { scanId } = scans.create(db, { jobId: 'a', options: scanInput.parse({ seed: 0 }), model: null, folds: 5 })
    scans.storeScores(
      db,
      scanId,
      ids.map((_, i) => score(i, 0)),
    )
    const probeId = scans.createProbe(db, { jobId: 'b', model: null, seed: 0, folds: 5 })
    scans.storeProbeScores(
      db,
      probeId,
      ids.map((_, i) => ({ ...score(i, 1), blank: 0, swapped: 0 })),
    )
    scans.finishProbe(db, probeId, findings)
    scans.finish(db, scanId, { inSampleAccuracy: 1, unspaced: null })
    return scans.reportFacts(db, scanId).noise!
  }
  const [named, all, textOnly] = [pairs.filter((each) => each.named), pairs, pairs.filter((each) => !each.named)].map(noiseOf)
  expect(named!.wrong.value).toBeGreaterThan(0)
  expect(all).toEqual(named)
  expect(textOnly).not.toEqual(named)
})
