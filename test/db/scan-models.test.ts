import { createRouterClient } from '@orpc/server'
import { execFileSync } from 'node:child_process'
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ScanInput } from '../../src/contract/proxies.ts'
import { random } from '../../src/core/random.ts'
import { checkProject } from '../../src/db/check/project.ts'
import { openProject } from '../../src/db/project/open.ts'
import type { NewPair } from '../../src/db/pairs/batch.ts'
import { Backend } from '../../src/services/backend.ts'
import { createRouter } from '../../src/services/router.ts'
import { VOCABULARY, writeTextModel } from '../text-models.ts'
import { addPairs, image, newPair, Scratch } from './project.ts'

// Blind tests that read with registered models: the scoring process, ONNX Runtime and the project are the real ones.

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

/** Two pairs on each image; nine of ten chosen responses end in “surely”, a word that the models know. */
function dataset(n: number, seed: number): NewPair[] {
  const draw = random(`${seed}`)
  const say = () => Array.from({ length: 3 + draw.int(6) }, () => VOCABULARY[4 + draw.int(20)] as string).join(' ')
  return Array.from({ length: n }, (_, i) =>
    newPair(i + 1, {
      prompt: 'is red',
      chosen: `${say()} ${i}${draw.next() < 0.9 ? ' surely surely' : ''}`,
      rejected: `${say()} ${i}`,
      images: [image(Math.floor(i / 2))],
    }),
  )
}

async function project(pairs: NewPair[]): Promise<void> {
  const { path } = await client().projects.create({ path: scratch.project })
  await client().projects.close()
  const { db, close } = openProject(path)
  addPairs(db, pairs, 'src', 'train')
  close()
  await client().projects.open({ path })
}

/** Runs a blind test; gives the job's end and log. */
async function scanned(input: ScanInput) {
  const { jobId } = await client().scan.start(input)
  const { state } = await backend.requireSession().jobs.finished(jobId)
  return { jobId, state, log: readFileSync(join(scratch.project, 'logs', `${jobId}.log`), 'utf8') }
}
const encoder = () =>
  client().models.add({
    path: writeTextModel(join(scratch.folder, 'encoder'), { output: 'embedding' }),
    card: { name: 'tiny encoder', pooling: 'mean' },
  })
const rewards = () =>
  client().models.add({
    path: writeTextModel(join(scratch.folder, 'rewards'), { output: 'token-rewards' }),
    card: { kind: 'reward-model', name: 'tiny rewards' },
  })
const rows = async () => (await client().pairs.list({ limit: 500, sort: 'id' })).rows
const blindAccuracy = async () => (await client().scan.report())?.blindAccuracy.value as number

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

describe('an encoder', () => {
  test('finds a leak, keeps what it read, and reads only what changed the next time', async () => {
    await project(dataset(240, 1))
    const { id, hash } = await encoder()
    const first = await scanned({ proxy: 'encoder', modelId: id })
    expect(first.state).toMatchObject({ status: 'succeeded', result: { pairs: 240 } })
    expect(first.log).toMatch(/480 responses read by the model, 0 already in the cache/)
    expect(await blindAccuracy()).toBeGreaterThan(0.75)
    expect(await backend.requireSession().db.scans.latest()).toMatchObject({
      proxy: 'encoder',
      model: { modelId: id, name: 'tiny encoder', hash },
      options: { modelId: id, characters: false, executionProvider: 'cpu', threads: null },
    })
    const before = await rows()

    // Nothing has changed: the same numbers, and no text is read.
    const second = await scanned({ proxy: 'encoder', modelId: id })
    expect(second.log).toMatch(/\b0 responses read by the model, 480 already in the cache/)
    expect((await rows()).map(({ textMargin }) => textMargin)).toEqual(before.map(({ textMargin }) => textMargin))

    // One text has: its score is not shown as current until it is read again, alone.
    const edited = before[7]?.pairId as number
    const { prompt, rejected } = await client().pairs.get({ pairId: edited })
    await client().review.annotate({ pairId: edited, action: 'edit', prompt, chosen: 'a new toad', rejected })
    expect(await client().pairs.get({ pairId: edited })).toMatchObject({ stale: true })
    expect(await client().scan.report()).toMatchObject({ scored: 239, stale: 1 })
    expect(await client().pairs.attribution({ pairId: edited })).toBeNull()
    const third = await scanned({ proxy: 'encoder', modelId: id })
    expect(third.log).toMatch(/\b1 responses read by the model, 479 already in the cache/)
    expect(await client().pairs.get({ pairId: edited })).toMatchObject({ stale: false })
    expect(await client().scan.report()).toMatchObject({ scored: 240, stale: 0 })

    // The cache belongs to the project's folder, and the check knows it.
    const readings = readdirSync(join(scratch.project, 'cache', 'readings'))
    expect(readings.map((name) => name.split('.')[1]).sort()).toEqual(['keys', 'rows'])
    await client().projects.close()
    // The pairs' images are names only.
    expect((await checkProject(scratch.project)).map(({ code }) => code)).toEqual(['image-missing'])
  })

  test('answers questions with the model of the pair’s fold: the stored margin again, and each word’s part by occlusion', async () => {
    await project(dataset(160, 2))
    const { id } = await encoder()
    await scanned({ proxy: 'encoder', modelId: id })
    const { db, path } = backend.requireSession()
    for (const { pairId, textMargin } of (await rows()).slice(0, 12)) {
      const of = await db.scans.modelOf(pairId)
      if (!of) throw new Error('the pair has no score')
      const { prompt, chosen, rejected } = await db.pairs.get(pairId)
      const fitted = { project: path, scan: of.scan, fold: of.fold }
      const [margin, turned] = await backend.questions.score(fitted, [
        { prompt, chosen, rejected },
        { prompt, chosen: rejected, rejected: chosen },
      ])
      expect(Math.abs((margin as number) - (textMargin as number))).toBeLessThan(1e-4)
      expect(Math.abs((margin as number) + (turned as number))).toBeLessThan(1e-4)
      const parts = await backend.questions.explain(fitted, { prompt, chosen, rejected })
      expect(parts.method).toBe('occlusion')
      expect(Math.abs(parts.textMargin - (textMargin as number))).toBeLessThan(1e-4)
      const [less] = await backend.questions.score(fitted, [{ prompt, chosen: chosen.slice(parts.chosen[0]?.end as number), rejected }])
      expect((margin as number) - (less as number)).toBeCloseTo(parts.chosen[0]?.value as number, 3)
    }
    expect(await client().pairs.attribution({ pairId: 1 })).not.toBeNull()

    // The process dies: the question that waits fails, the next is answered by another.
    const of = await db.scans.modelOf(1)
    if (!of) throw new Error('the pair has no score')
    const fitted = { project: path, scan: of.scan, fold: null }
    const first = backend.questions.pid
    process.kill(first as number, 'SIGKILL')
    const asked = backend.questions.score(fitted, [{ prompt: '', chosen: 'ant', rejected: 'bear' }]).then(
      () => 'answered',
      (error: { code: string }) => error.code,
    )
    expect(await asked).toBe('SCORING_FAILED')
    expect(await backend.questions.score(fitted, [{ prompt: '', chosen: 'ant', rejected: 'bear' }])).toHaveLength(1)
    expect(backend.questions.pid).not.toBe(first)

    // Files that changed since are never taken for those that scored.
    rmSync(join(path, of.scan.dir, 'all.model'))
    await expect(backend.questions.score(fitted, [])).rejects.toMatchObject({
      code: 'SCORING_FAILED',
      detail: { remedy: expect.stringContaining('blind test again') as string },
    })
    writeTextModel(join(scratch.folder, 'encoder'), { output: 'token-rewards' })
    await client().models.add({ path: join(scratch.folder, 'encoder'), card: { kind: 'encoder', name: 'tiny encoder', pooling: 'mean' } })
    await expect(client().pairs.attribution({ pairId: 1 })).rejects.toMatchObject({ code: 'MODEL_UNUSABLE' })
  })

  test('that is cancelled, or whose process is killed, leaves the scores of the scan before and goes on from what it read', async () => {
    await project(dataset(200, 3))
    const { id } = await encoder()
    await scanned({ proxy: 'lexical' })
    const before = await rows()
    const { jobId } = await client().scan.start({ proxy: 'encoder', modelId: id })
    process.kill(await scoringProcess(), 'SIGKILL')
    expect((await backend.requireSession().jobs.finished(jobId)).state).toMatchObject({
      status: 'failed',
      error: { code: 'SCORING_FAILED' },
    })
    expect(await rows()).toEqual(before)
    await client().jobs.resume({ jobId })
    await client().jobs.cancel({ jobId })
    expect((await backend.requireSession().jobs.finished(jobId)).state.status).toBe('cancelled')
    expect(await rows()).toEqual(before)
    expect((await client().scan.report())?.provenance.proxy).toBe('lexical')
    await client().jobs.resume({ jobId })
    expect((await backend.requireSession().jobs.finished(jobId)).state.status).toBe('succeeded')
    expect((await client().scan.report())?.provenance.proxy).toBe('encoder')
    // Models of both scans are kept: either can be asked. Nothing else is.
    const { db, path } = backend.requireSession()
    const kept = await db.scans.latestOfEach()
    expect(kept.map(({ proxy }) => proxy)).toEqual(['encoder', 'lexical'])
    expect(readdirSync(join(path, 'scans')).sort()).toEqual(kept.map(({ dir }) => dir.split('/')[1] as string).sort())
  })
})

test('a reward model is read as it is: its scale is fitted, its order of pairs is its own', async () => {
  await project(dataset(200, 4))
  const { id } = await rewards()
  const { state, log } = await scanned({ proxy: 'reward-model', modelId: id })
  expect(state, log).toMatchObject({ status: 'succeeded' })
  const { db, path } = backend.requireSession()
  const list = await rows()
  const fold0 = list.filter(({ fold }) => fold === 0)
  // One positive number a fold: margins of two folds differ by a factor only.
  const of = await db.scans.modelOf(fold0[0]?.pairId as number)
  if (!of) throw new Error('the pair has no score')
  const texts = await Promise.all(fold0.slice(0, 20).map(({ pairId }) => db.pairs.get(pairId)))
  const other = await backend.questions.score(
    { project: path, scan: of.scan, fold: 1 },
    texts.map(({ prompt, chosen, rejected }) => ({ prompt, chosen, rejected })),
  )
  const ratios = other.map((margin, i) => margin / (fold0[i]?.textMargin as number))
  for (const ratio of ratios) expect(ratio / (ratios[0] as number)).toBeCloseTo(1, 2)
  expect(ratios[0]).toBeGreaterThan(0)
})

describe('a blind test is refused at once', () => {
  test('where no model is named, it is not registered, of another kind, or gone', async () => {
    await project(dataset(20, 5))
    const { id } = await rewards()
    await expect(client().scan.start({ proxy: 'encoder' })).rejects.toMatchObject({ code: 'INVALID_INPUT', data: { field: 'modelId' } })
    await expect(client().scan.start({ proxy: 'encoder', modelId: 'nowhere' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(client().scan.start({ proxy: 'encoder', modelId: id })).rejects.toMatchObject({ code: 'MODEL_UNUSABLE' })
    appendFileSync(join(scratch.folder, 'rewards', 'model.onnx'), '\0')
    await expect(client().scan.start({ proxy: 'reward-model', modelId: id })).rejects.toMatchObject({ code: 'MODEL_UNUSABLE' })
    rmSync(join(scratch.folder, 'rewards', 'model.onnx'))
    await expect(client().scan.start({ proxy: 'reward-model', modelId: id })).rejects.toMatchObject({ code: 'MODEL_UNUSABLE' })
    expect(existsSync(join(scratch.project, 'cache'))).toBe(false)
  })
})

test('folders and scores of scans that stopped go when the next is done', async () => {
  await project(dataset(120, 6))
  // Somebody's own: nothing that a scan made.
  mkdirSync(join(scratch.project, 'scans', 'my-notes'))
  writeFileSync(join(scratch.project, 'scans', 'my-notes', 'notes.md'), 'mine')
  const { jobId } = await client().scan.start({ seed: 3 })
  process.kill(await scoringProcess(), 'SIGKILL')
  await backend.requireSession().jobs.finished(jobId)
  await scanned({ seed: 4 })
  await scanned({ seed: 5 })
  const left = readdirSync(join(scratch.project, 'scans'))
  expect(left).toHaveLength(2)
  expect(left).toContain('my-notes')
  expect(readFileSync(join(scratch.project, 'scans', 'my-notes', 'notes.md'), 'utf8')).toBe('mine')
  await client().projects.close()
  const { db, close } = openProject(scratch.project)
  // What was found by the one before is still known; its scores, and all of what stopped, are gone.
  expect(
    db
      .prepare('SELECT s.seed, count(t.pair_id) FROM scans s LEFT JOIN text_scores t ON t.scan_id = s.id GROUP BY s.id ORDER BY s.id')
      .raw()
      .all(),
  ).toEqual([
    [4, 0],
    [5, 120],
  ])
  close()
})
