import { createRouterClient } from '@orpc/server'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { random } from '../../src/core/random.ts'
import { sfc, softplusNeg } from '../../src/core/losses.ts'
import { openProject } from '../../src/db/project/open.ts'
import { auditStep, beginAudit, refreshAudit } from '../../src/db/scans/queries.ts'
import type { NewPair } from '../../src/db/pairs/batch.ts'
import { Backend } from '../../src/services/backend.ts'
import { createRouter } from '../../src/services/router.ts'
import { addPairs, image, newPair, Scratch } from './project.ts'

let scratch: Scratch
let backend: Backend
const client = () => createRouterClient(createRouter(backend))

beforeEach(() => {
  scratch = new Scratch()
  backend = new Backend({ trainerSource: scratch.folder, userDir: join(scratch.folder, 'home') })
})
afterEach(async () => {
  await backend.close()
  scratch[Symbol.dispose]()
})

const WORDS = 'ant bear cow deer eel fox goat hare ibis jay kiwi lark mole newt owl pig quail rat seal toad'.split(' ')

/** `n` pairs, three on each image; with `leak`, nine of ten chosen responses end in the same phrase. */
function dataset(n: number, leak: boolean, seed: number): NewPair[] {
  const draw = random(`${seed}`)
  const say = () => draw.sample(WORDS, 4).join(' ')
  return Array.from({ length: n }, (_, i) => {
    const marked = leak && draw.next() < 0.9
    return newPair(i + 1, {
      chosen: `${say()} ${i}${marked ? ' as can be seen' : ''}`,
      rejected: `${say()} ${i}`,
      images: [image(Math.floor(i / 3))],
    })
  })
}

async function project(pairs: NewPair[]): Promise<void> {
  const { path } = await client().projects.create({ path: scratch.project })
  await client().projects.close()
  const { db, close } = openProject(path)
  addPairs(db, pairs, 'src', 'train')
  close()
  await client().projects.open({ path })
}

async function scanned(seed = 0) {
  const { jobId } = await client().scan.start({ seed })
  return backend.requireSession().jobs.finished(jobId)
}

/** Waits for the scoring process of this one and gives its number. */
async function scoringProcess(): Promise<number> {
  for (let tries = 0; tries < 500; tries++) {
    const list = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' }).split('\n')
    const found = list
      .map((line) => line.trim().split(/\s+/))
      .find(([, parent, ...args]) => parent === String(process.pid) && args.join(' ').includes('scoring-process'))
    if (found) return Number(found[0])
    await sleep(5)
  }
  throw new Error('no scoring process was started')
}

const rows = async () => (await client().pairs.list({ limit: 500, sort: 'id' })).rows

describe('a scan', () => {
  test('finds a leak, stores held-out scores through the scoring process, and never splits a group', async () => {
    await project(dataset(240, true, 1))
    expect((await scanned()).state).toMatchObject({ status: 'succeeded', result: { pairs: 240, groups: 80 } })
    const list = await rows()
    const foldOf = new Map<string, number>()
    for (const row of list) {
      expect(row).toMatchObject({ auditSfc: null, influence: null, mmMargin: null, mmLoss: null, stale: false })
      expect(row.textLoss).toBeCloseTo(softplusNeg(row.textMargin as number), 12)
      expect(row.priorSfc).toBeCloseTo(sfc(Math.LN2, row.textLoss as number), 12)
      expect(row.quadrant).toBe((row.textMargin as number) > 0 ? 'text-right' : 'text-wrong')
      const group = row.images[0] as string
      expect(foldOf.get(group) ?? row.fold).toBe(row.fold)
      foldOf.set(group, row.fold as number)
    }
    expect(new Set(foldOf.values()).size).toBe(5)

    const report = await client().scan.report()
    expect(report).toMatchObject({
      pairs: 240,
      scored: 240,
      stale: 0,
      groups: 80,
      verdict: { level: 'strong' },
      provenance: { proxy: 'lexical', seed: 0, folds: 5 },
    })
    expect(report?.blindAccuracy.low).toBeGreaterThan(0.75)
    expect(report?.pValue).toBeLessThan(0.01)
    expect(report?.topFeatures.slice(0, 12).map(({ feature }) => feature)).toContain('can be')
    expect(report?.textHistogram.reduce((sum, bin) => sum + bin.pairs, 0)).toBe(240)
    expect(report?.auditSfcHistogram).toBeNull()
    expect((report?.quadrants['text-right'] ?? 0) + (report?.quadrants['text-wrong'] ?? 0)).toBe(240)
    expect(report?.bySource).toMatchObject([{ source: 'src', pairs: 240 }])
    // Made once for this state of the data.
    expect(await client().scan.report()).toEqual(report)
  })

  test('of pairs without a text cue says so, though its models remember what they were fitted on', async () => {
    await project(dataset(300, false, 2))
    await scanned()
    const report = await client().scan.report()
    expect(report?.verdict.level).toBe('none')
    expect(report?.verdict.sentence).toMatch(/No leak found/)
    expect(report?.blindAccuracy.low).toBeLessThan(0.5)
    expect(report?.blindAccuracy.high).toBeGreaterThan(0.5)
    expect(report?.provenance.inSampleAccuracy).toBeGreaterThan((report?.blindAccuracy.high ?? 1) + 0.1)
  })

  test('gives the same numbers for the same seed, others for another', async () => {
    await project(dataset(120, true, 3))
    await scanned(5)
    const first = (await rows()).map(({ fold, textMargin }) => [fold, textMargin])
    await scanned(5)
    expect((await rows()).map(({ fold, textMargin }) => [fold, textMargin])).toEqual(first)
    await scanned(6)
    expect((await rows()).map(({ fold, textMargin }) => [fold, textMargin])).not.toEqual(first)
  })

  test('leaves out tied and discarded pairs; a flip turns the margin at once, an edit makes it stale', async () => {
    await project(dataset(120, true, 4))
    const [tied, discarded, flipped] = (await rows()).map(({ pairId }) => pairId)
    await client().review.annotate({ pairId: tied as number, action: 'tie' })
    await client().review.annotate({ pairId: discarded as number, action: 'discard' })
    await scanned()
    expect(await client().pairs.get({ pairId: tied as number })).toMatchObject({ textMargin: null, quadrant: null, stale: false })
    const before = await client().pairs.get({ pairId: flipped as number })
    await client().review.annotate({ pairId: flipped as number, action: 'flip' })
    expect(await client().pairs.get({ pairId: flipped as number })).toMatchObject({
      stale: false,
      textMargin: -(before.textMargin as number),
      quadrant: (before.textMargin as number) > 0 ? 'text-wrong' : 'text-right',
    })
    expect(await client().scan.report()).toMatchObject({ scored: 118, stale: 0 })
    expect(await client().pairs.attribution({ pairId: flipped as number })).toMatchObject({ textMargin: -(before.textMargin as number) })
    await client().review.annotate({
      pairId: flipped as number,
      action: 'edit',
      prompt: before.prompt,
      chosen: before.rejected,
      rejected: `${before.chosen} too`,
    })
    expect(await client().pairs.get({ pairId: flipped as number })).toMatchObject({ stale: true, textMargin: before.textMargin })
    expect(await client().scan.report()).toMatchObject({ scored: 117, stale: 1 })
    expect(await client().pairs.attribution({ pairId: flipped as number })).toBeNull()
    // What an export writes has no number of another text.
    const read = await backend.requireSession().db.pairs.exportChunk(0, 500, { filter: {}, label: 'current' })
    expect(read.find(({ pairId }) => pairId === flipped)).toMatchObject({ priorSfc: null, auditSfc: null, quadrant: null })
    expect(read.filter(({ priorSfc }) => priorSfc !== null)).toHaveLength(117)
    await client().review.undo()
    // The other way round scores the other way round, by nearly the same model.
    await scanned()
    const after = await client().pairs.get({ pairId: flipped as number })
    expect(after.stale).toBe(false)
    expect(Math.sign(after.textMargin as number)).toBe(-Math.sign(before.textMargin as number))
    await client().review.undo()
    expect(await client().pairs.get({ pairId: flipped as number })).toMatchObject({
      stale: false,
      textMargin: -(after.textMargin as number),
    })
  })

  test('explains each margin: words and features add up to it', async () => {
    await project(dataset(120, true, 5))
    await scanned()
    for (const row of (await rows()).slice(0, 20)) {
      const parts = await client().pairs.attribution({ pairId: row.pairId })
      const sum = (list: { value: number }[]) => list.reduce((total, { value }) => total + value, 0)
      expect(parts?.textMargin).toBe(row.textMargin)
      expect(sum(parts?.chosen ?? []) - sum(parts?.rejected ?? []) + sum(parts?.features ?? [])).toBeCloseTo(row.textMargin as number, 5)
    }
  })

  test('of too few groups is refused with a remedy', async () => {
    await project(dataset(6, true, 6))
    expect((await scanned()).state).toMatchObject({ status: 'failed', error: { code: 'NO_DATA' } })
    expect(await client().scan.report()).toBeNull()
  })

  test('whose process dies fails with a remedy, leaves the scores of the one before, and can be started again', async () => {
    await project(dataset(3000, true, 10))
    await scanned()
    const before = await rows()
    const { jobId } = await client().scan.start({ seed: 9 })
    process.kill(await scoringProcess(), 'SIGKILL')
    const { state } = await backend.requireSession().jobs.finished(jobId)
    expect(state).toMatchObject({
      status: 'failed',
      error: { code: 'SCORING_FAILED', message: expect.stringContaining('SIGKILL') as string },
    })
    expect(await rows()).toEqual(before)
    expect((await client().scan.report())?.provenance.seed).toBe(0)
    expect((await scanned(9)).state.status).toBe('succeeded')
    expect((await client().scan.report())?.provenance.seed).toBe(9)
  })

  test('that is cancelled leaves the scores of the one before, and can be resumed', async () => {
    await project(dataset(240, true, 7))
    await scanned()
    const before = await rows()
    const { jobId } = await client().scan.start({ seed: 9 })
    const at = performance.now()
    await client().jobs.cancel({ jobId })
    expect((await backend.requireSession().jobs.finished(jobId)).state.status).toBe('cancelled')
    expect(performance.now() - at).toBeLessThan(10_000)
    expect(await rows()).toEqual(before)
    await client().jobs.resume({ jobId })
    expect((await backend.requireSession().jobs.finished(jobId)).state.status).toBe('succeeded')
    expect((await client().scan.report())?.provenance.seed).toBe(9)
  })
})

test('audit SFC comes from the latest run of the own environment that held the pair out, and from no other', async () => {
  await project(dataset(60, true, 8))
  await scanned()
  const path = scratch.project
  await client().projects.close()
  const { db, close } = openProject(path)
  const [own, foreign, edited] = db.prepare('SELECT pair_id AS id, text_hash AS hash FROM pair_state ORDER BY pair_id LIMIT 3').all() as {
    id: number
    hash: string
  }[]
  const run = (id: string, sources: string[], at: string, method = 'standard') => {
    db.prepare("INSERT INTO jobs (id, kind, title, status, input, created_at) VALUES (?, 'train', '', 'succeeded', '{}', ?)").run(id, at)
    db.prepare(
      "INSERT INTO runs (id, job_id, method, train_source, seed, options, dir, snapshot_hash, train_pairs, test_pairs, created_at) VALUES (?, ?, ?, '', 0, ?, '', '', 1, 1, ?)",
    ).run(id, id, method, JSON.stringify({ sources }), at)
  }
  const tested = (id: string, pair: { id: number; hash: string } | undefined, margin: number, hash = pair?.hash, role = 'test') => {
    db.prepare('INSERT INTO run_pairs (run_id, pair_id, role, text_hash) VALUES (?, ?, ?, ?)').run(id, pair?.id, role, hash)
    db.prepare('INSERT INTO run_eval (run_id, pair_id, mm_margin) VALUES (?, ?, ?)').run(id, pair?.id, margin)
  }
  run('old', ['src'], '2026-01-01T00:00:00.000Z')
  run('new', ['other', 'src'], '2026-01-02T00:00:00.000Z')
  run('far', ['other'], '2026-01-03T00:00:00.000Z')
  tested('old', own, -4)
  tested('new', own, 2)
  tested('far', own, 9)
  tested('far', foreign, 9)
  tested('new', edited, 3, 'f'.repeat(64))
  refreshAudit(db)
  close()
  await client().projects.open({ path })
  const detail = (pair: { id: number } | undefined) => client().pairs.get({ pairId: pair?.id as number })
  const audited = await detail(own)
  expect(audited).toMatchObject({ mmMargin: 2, provenance: { mmRun: 'new' } })
  expect(audited.mmLoss).toBeCloseTo(softplusNeg(2), 12)
  expect(audited.auditSfc).toBeCloseTo(sfc(softplusNeg(2), audited.textLoss as number), 12)
  expect(['text-solvable', 'image-needed']).toContain(audited.quadrant)
  expect(await detail(foreign)).toMatchObject({ auditSfc: null, mmMargin: null })
  expect(await detail(edited)).toMatchObject({ auditSfc: null, mmMargin: null })
})

test('audit numbers that a process left half renewed are brought to the end when the project is opened', async () => {
  await project(dataset(60, true, 11))
  await scanned()
  const path = scratch.project
  await client().projects.close()
  const numbers = (db: ReturnType<typeof openProject>['db']) =>
    db.prepare('SELECT pair_id, scan_id, fold, text_margin, text_loss, audit_sfc, quadrant, suspect FROM pair_state ORDER BY pair_id').all()
  const first = openProject(path)
  const right = numbers(first.db)
  expect(right).toHaveLength(60)
  first.db.exec(
    "UPDATE pair_state SET audit_sfc = 9, text_margin = 9, quadrant = 'text-wrong'; DELETE FROM text_scores WHERE pair_id IN (7, 50)",
  )
  beginAudit(first.db)
  const step = auditStep(first.db, 0, 20)
  expect(step).toEqual({ next: 20, pairs: 19 })
  expect(numbers(first.db).filter((row) => (row as { audit_sfc: number | null }).audit_sfc === 9)).toHaveLength(40)
  first.close()
  const again = openProject(path)
  const without = right.map((row) =>
    [7, 50].includes((row as { pair_id: number }).pair_id)
      ? { ...Object.fromEntries(Object.keys(row as object).map((key) => [key, null])), pair_id: (row as { pair_id: number }).pair_id }
      : row,
  )
  expect(numbers(again.db)).toEqual(without)
  // Nothing is left to do at the next opening.
  again.db.exec('UPDATE pair_state SET audit_sfc = 9')
  again.close()
  const third = openProject(path)
  expect(third.db.prepare('SELECT count(*) FROM pair_state WHERE audit_sfc = 9').pluck().get()).toBe(60)
  third.close()
  await client().projects.open({ path })
})

test('a report is rebuilt when a run that had begun before it stores other margins for the same pairs', async () => {
  await project(dataset(60, true, 11))
  await scanned()
  const path = scratch.project
  const tested = async (margin: number): Promise<void> => {
    await client().projects.close()
    const { db, close } = openProject(path)
    db.prepare(
      "INSERT OR IGNORE INTO jobs (id, kind, title, status, input, created_at) VALUES ('r', 'train', '', 'succeeded', '{}', '2026-01-01T00:00:00.000Z')",
    ).run()
    db.prepare(
      `INSERT OR IGNORE INTO runs (id, job_id, method, train_source, seed, options, dir, snapshot_hash, train_pairs, test_pairs, created_at)
      VALUES ('r', 'r', 'standard', 'src', 0, '{"sources":["src"]}', '', '', 1, 1, '2026-01-01T00:00:00.000Z')`,
    ).run()
    db.prepare(
      "INSERT OR IGNORE INTO run_pairs (run_id, pair_id, role, text_hash) SELECT 'r', pair_id, 'test', text_hash FROM pair_state",
    ).run()
    db.prepare("INSERT OR REPLACE INTO run_eval (run_id, pair_id, mm_margin) SELECT 'r', pair_id, ? FROM pair_state").run(margin)
    refreshAudit(db)
    close()
    await client().projects.open({ path })
  }
  await tested(2)
  const first = (await client().scan.report())?.quadrants
  expect((first?.['text-solvable'] ?? 0) + (first?.['image-needed'] ?? 0)).toBe(60)
  await tested(-2)
  const second = (await client().scan.report())?.quadrants
  expect(second).toMatchObject({ 'shortcut-only': first?.['text-solvable'], 'suspect-label': first?.['image-needed'], 'text-solvable': 0 })
})
