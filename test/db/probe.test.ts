import { createRouterClient } from '@orpc/server'
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import sharp from 'sharp'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { sfc, softplusNeg } from '../../src/core/losses.ts'
import { random } from '../../src/core/random.ts'
import { openProject } from '../../src/db/project/open.ts'
import type { NewPair } from '../../src/db/pairs/batch.ts'
import { imageFile } from '../../src/node/project-folder.ts'
import { Backend } from '../../src/services/backend.ts'
import { createRouter } from '../../src/services/router.ts'
import { writeTowers } from '../text-models.ts'
import { addPairs, newPair, Scratch } from './project.ts'

// Probes over real pictures: the probe process, ONNX Runtime, the blind test and the project are the real ones.

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

const COLOURS = { ant: '#d02020', bear: '#20b020', cow: '#2030d0' } as const
const WORDS = Object.keys(COLOURS) as (keyof typeof COLOURS)[]

/**
 * Pairs whose right answer is the word for the picture's colour; every `wrong`th label is turned round, every `bare`th pair has no image.
 * Each picture is shown by two pairs. With `textOnly` the right answer is a matter of words, whatever the picture shows.
 */
async function project(n: number, { wrong = Infinity, bare = Infinity, textOnly = false } = {}): Promise<{ turned: Set<number> }> {
  const { path } = await client().projects.create({ path: scratch.project })
  await client().projects.close()
  const draw = random('probe')
  const turned = new Set<number>()
  const pairs: NewPair[] = []
  let shown = { word: WORDS[0] as keyof typeof COLOURS, hash: '' }
  for (let i = 0; i < n; i++) {
    if (i % 2 === 0) {
      const word = draw.pick(WORDS)
      const bytes = await sharp({ create: { width: 24 + (i % 9), height: 20 + Math.floor(i / 9), channels: 3, background: COLOURS[word] } })
        .png()
        .toBuffer()
      const hash = createHash('sha256').update(bytes).digest('hex')
      const file = imageFile(path, hash)
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, bytes)
      shown = { word, hash }
    }
    const [right, other] = textOnly
      ? ['it is clear', 'it is dim']
      : [`it is ${shown.word}`, `it is ${draw.pick(WORDS.filter((word) => word !== shown.word))}`]
    const flip = i % wrong === wrong - 1
    if (flip) turned.add(i + 1)
    pairs.push(
      newPair(i + 1, {
        prompt: `What is it, ${i}?`,
        chosen: flip ? other : right,
        rejected: flip ? right : other,
        images: i % bare === bare - 1 ? [] : [shown.hash],
      }),
    )
  }
  const { db, close } = openProject(path)
  addPairs(db, pairs, 'src', 'train')
  close()
  await client().projects.open({ path })
  return { turned }
}

async function finished({ jobId }: { jobId: string }) {
  return backend.requireSession().jobs.finished(jobId)
}
const rows = async () => (await client().pairs.list({ limit: 500, sort: 'id' })).rows

describe('the tiny probe', () => {
  test('learns what only the image tells: blank and swapped images take it away, SFCs become audits', async () => {
    await project(400)
    await finished(await client().scan.start({ seed: 3 }))
    expect((await rows()).every(({ auditSfc }) => auditSfc === null)).toBe(true)
    expect(await client().probe.report()).toBeNull()
    expect((await finished(await client().probe.start({}))).state).toMatchObject({ status: 'succeeded', result: { pairs: 400 } })

    const found = await client().probe.report()
    expect(found).toMatchObject({ model: null, seed: 3, folds: 5, pairs: 400, groups: 200, withoutImage: 0, leftOut: 0 })
    expect(found!.accuracy.value).toBeGreaterThan(0.95)
    // Another picture has the same colour in one case of three, and favours neither answer in another.
    expect(found!.swapped.value).toBeLessThan(0.8)
    expect(Math.abs(found!.blank.value - 0.5)).toBeLessThan(0.15)
    expect(found!.imageGain.low).toBeGreaterThan(0.1)
    expect(found!.survives.blank).toBeLessThan(0.35)
    expect(found!.sentence).toMatch(/The image adds/)
    for (const row of await rows()) {
      expect(row).toMatchObject({ mmLoss: softplusNeg(row.mmMargin as number) })
      expect(row.auditSfc).toBeCloseTo(sfc(row.mmLoss as number, row.textLoss as number), 12)
    }
    const report = await client().scan.report()
    expect(report).toMatchObject({
      verdict: { level: 'none' },
      provenance: { references: [{ id: 'probe:1', pairs: 400 }] },
      scatter: { pairs: 400 },
    })
    expect(report!.marginCorrelation?.pairs).toBe(400)
  })

  test('shows wrong labels, and its seed makes it repeatable', async () => {
    const { turned } = await project(400, { wrong: 20 })
    await finished(await client().scan.start({ seed: 0 }))
    await finished(await client().probe.start({ seed: 7 }))
    const first = await rows()
    const suspects = (await client().pairs.list({ limit: turned.size, sort: '-suspect' })).rows.map(({ pairId }) => pairId)
    expect(suspects.filter((id) => turned.has(id)).length).toBeGreaterThanOrEqual(0.9 * turned.size)
    const report = await client().scan.report()
    expect(report!.suspects!.share.low).toBeLessThanOrEqual(0.05)
    expect(report!.suspects!.share.high).toBeGreaterThanOrEqual(0.05)
    expect(report!.verdict.steps.map(({ action }) => action)).toContain('suspects')
    await finished(await client().probe.start({ seed: 7 }))
    expect((await rows()).map(({ mmMargin }) => mmMargin)).toEqual(first.map(({ mmMargin }) => mmMargin))
    // The one before has made room.
    expect(await client().probe.report()).toMatchObject({ probeId: 2 })
  })

  test('leaves out pairs without an image, and speaks of no text that has changed', async () => {
    await project(120, { bare: 4 })
    await finished(await client().scan.start({}))
    await finished(await client().probe.start({}))
    expect(await client().probe.report()).toMatchObject({ pairs: 90, withoutImage: 30 })
    expect((await rows()).map(({ auditSfc }) => auditSfc !== null)).toEqual(Array.from({ length: 120 }, (_, i) => i % 4 !== 3))
    await client().review.annotate({ pairId: 1, action: 'edit', prompt: 'What?', chosen: 'a cow', rejected: 'an ant' })
    await finished(await client().scan.start({}))
    expect((await rows())[0]).toMatchObject({ auditSfc: null, mmMargin: null })
  })

  test('that makes nothing of the image says so, and no SFC uses it', async () => {
    await project(200, { textOnly: true })
    await finished(await client().scan.start({}))
    await finished(await client().probe.start({}))
    const found = (await client().probe.report())!
    // The words alone would tell every label: the probe must not have heard them.
    expect(found.accuracy.low).toBeLessThan(0.5)
    expect(found.accuracy.high).toBeGreaterThan(0.5)
    expect(found.survives).toEqual({ blank: null, swapped: null })
    expect(found.sentence).toMatch(/no SFC uses it/)
    expect((await rows()).every(({ auditSfc, mmMargin }) => auditSfc === null && mmMargin === null)).toBe(true)
    expect(await client().scan.report()).toMatchObject({ scatter: null, suspects: null, verdict: { level: 'strong' } })
  })

  test('that is killed fails with its reason, leaves no number, and can go on', async () => {
    await project(300)
    await finished(await client().scan.start({}))
    const { jobId } = await client().probe.start({})
    process.kill(await probeProcess(), 'SIGKILL')
    const { state } = await finished({ jobId })
    expect(state).toMatchObject({
      status: 'failed',
      error: { code: 'SCORING_FAILED', message: expect.stringContaining('SIGKILL') as string },
    })
    expect((await rows()).every(({ mmMargin }) => mmMargin === null)).toBe(true)
    await client().jobs.resume({ jobId })
    expect((await finished({ jobId })).state.status).toBe('succeeded')
    expect((await rows()).every(({ mmMargin }) => mmMargin !== null)).toBe(true)
    expect(existsSync(join(scratch.project, 'cache', 'probe-texts.tmp'))).toBe(false)
  })

  test('says what is missing where no pair has an image', async () => {
    await project(30, { bare: 1 })
    expect((await finished(await client().probe.start({}))).state).toMatchObject({
      status: 'failed',
      error: { code: 'NO_DATA', remedy: expect.stringContaining('heal') as string },
    })
  })
})

describe('a pair of towers', () => {
  const towers = () => client().models.add({ path: writeTowers(join(scratch.folder, 'towers')), card: { name: 'towers' } })

  test('is read once and known the next time', async () => {
    await project(200)
    await finished(await client().scan.start({}))
    const { id, kind, hash, image } = await towers()
    expect([kind, image?.size]).toEqual(['clip', 16])
    expect((await finished(await client().probe.start({ modelId: id }))).state.status).toBe('succeeded')
    const found = await client().probe.report()
    expect(found).toMatchObject({ model: { modelId: id, name: 'towers', hash }, pairs: 200 })
    expect(found!.accuracy.value).toBeGreaterThan(0.95)
    expect(Math.abs(found!.blank.value - 0.5)).toBeLessThan(0.2)
    // What was read is kept: the pictures may be gone by then.
    rmSync(join(scratch.project, 'media'), { recursive: true })
    await finished(await client().probe.start({ modelId: id }))
    expect(await client().probe.report()).toMatchObject({ pairs: 200, accuracy: found!.accuracy })
  })

  test('that do not meet in one space, or are of another kind, are refused with a remedy', async () => {
    await project(60)
    const { id } = await client().models.add({ path: writeTowers(join(scratch.folder, 'wide'), { width: 5 }), card: { name: 'wide' } })
    const { jobId } = await client().probe.start({ modelId: id })
    expect((await finished({ jobId })).state).toMatchObject({
      status: 'failed',
      error: { message: expect.stringMatching(/3 numbers per image and 5 per text/) as string },
    })
    expect(readFileSync(join(scratch.project, 'logs', `${jobId}.log`), 'utf8')).not.toMatch(/\n {4}at /)
    await expect(client().probe.start({ modelId: 'nowhere' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })
})

async function probeProcess(): Promise<number> {
  for (let tries = 0; tries < 1000; tries++) {
    const list = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' }).split('\n')
    const found = list
      .map((line) => line.trim().split(/\s+/))
      .find(([, parent, ...args]) => parent === String(process.pid) && args.join(' ').includes('probe-process'))
    if (found) return Number(found[0])
    await sleep(2)
  }
  throw new Error('no probe process was started')
}
