import { createRouterClient } from '@orpc/server'
import fc from 'fast-check'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ImportResult, Remark } from '../../src/contract/imports.ts'
import { textHash } from '../../src/db/pairs/hash.ts'
import { Backend } from '../../src/services/backend.ts'
import { importsService } from '../../src/services/import/imports.ts'
import { removeTemporary, resultOf, temporary, writeFile, writeImages } from './importing.ts'

const home = temporary()
const project = path.join(home, 'p.blindfold')
const backend = new Backend({ userDir: home, trainerSource: home })
const client = createRouterClient({ imports: importsService(backend) }, { context: {} })
let folder = ''

beforeAll(async () => {
  folder = await writeImages(temporary(), 2)
  await backend.open(project, { create: true })
})
afterAll(async () => {
  await backend.close()
  removeTemporary()
})

type Said = { action: 'keep' | 'flip' | 'edit' | 'discard'; text?: string }
type Stated = { n: number; source: string; split: string; images: string[]; tied: boolean; said: Said[] }

const STATUS = { keep: 'kept', flip: 'flipped', edit: 'edited', discard: 'discarded' }

function record({ n, source, split, images, tied, said }: Stated) {
  const [chosen, rejected] = [`right ${n}`, `wrong ${n}`]
  const history = said.map(({ action, text }) => ({
    ...{ action, reverts: null, status: STATUS[action], blind: false, annotator: 'a', at: '2026-01-01T00:00:00.000Z' },
    ...(action === 'flip'
      ? { prompt: null, chosen: rejected, rejected: chosen }
      : { prompt: null, chosen: action === 'edit' ? (text ?? 'better') : null, rejected: null }),
  }))
  return {
    blindfold: 1,
    id: null,
    source,
    split,
    prompt: `question ${n}`,
    chosen,
    rejected,
    messages: null,
    images,
    tied,
    metadata: {},
    tags: [],
    history,
  }
}

let files = 0
const write = (stated: readonly Stated[]): string =>
  writeFile(folder, `${++files}.jsonl`, stated.map((each) => JSON.stringify(record(each))).join('\n'))

const told = (remarks: readonly Remark[]): Remark | undefined => remarks.find(({ code }) => code === 'other-label')

async function imported(input: { file: string; split?: string; source?: string }): Promise<ImportResult> {
  const { jobId } = await client.imports.start({ source: 's', ...input })
  for (;;) {
    const job = await backend.requireSession().jobs.get(jobId)
    if (!['queued', 'running', 'cancelling'].includes(job.state.status)) return resultOf(job) as unknown as ImportResult
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

const everything = () =>
  readdirSync(project, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('-shm'))
    .map((entry) => [entry.name, textHash(readFileSync(path.join(entry.parentPath, entry.name), 'latin1'), '', '')])
    .sort()

const stated: fc.Arbitrary<Omit<Stated, 'source'> & { source: number }> = fc.record({
  n: fc.integer({ min: 1, max: 2 }),
  source: fc.integer({ min: 0, max: 1 }),
  split: fc.constantFrom('', 'test'),
  images: fc.constantFrom([], ['0.png'], ['1.png'], ['gone.png'], ['https://images.example/a.png']),
  tied: fc.boolean(),
  said: fc.array(
    fc.oneof(
      fc.record({ action: fc.constantFrom('keep' as const, 'flip' as const, 'discard' as const) }),
      fc.record({ action: fc.constant('edit' as const), text: fc.constantFrom('better', 'best') }),
    ),
    { maxLength: 2 },
  ),
})

test('a survey tells before the import how many judgements it will not take, as the result does after it', async () => {
  let [run, found] = [0, 0]
  await fc.assert(
    fc.asyncProperty(
      fc.array(stated, { minLength: 1, maxLength: 20, size: 'max' }),
      fc.array(stated, { minLength: 1, maxLength: 60, size: 'max' }),
      fc.constantFrom('', 'test'),
      async (first, second, split) => {
        run++
        const named = (all: typeof first) => all.map((each) => ({ ...each, source: `run ${run} ${each.source}` }))
        await imported({ file: write(named(first)) })
        const file = write(named(second))
        const before = everything()
        const survey = await client.imports.survey({ file, split })
        expect(everything()).toEqual(before)
        const result = await imported({ file, split })
        expect(told(survey.remarks)).toEqual(told(result.remarks))
        found += told(result.remarks)?.records ?? 0
      },
    ),
    { numRuns: 10, endOnFailure: true },
  )
  expect(found).toBeGreaterThan(10)
}, 240_000)

test('judgements are compared with what holds now, and only with the same source, split and images', async () => {
  const pair = (more: Partial<Stated> = {}): Stated => ({
    n: 7,
    source: 'mine',
    split: 'train',
    images: ['0.png'],
    tied: false,
    said: [{ action: 'keep' }],
    ...more,
  })
  const flipped = { said: [{ action: 'flip' as const }] }
  await imported({ file: write([pair({ n: 8, images: [] }), pair()]) })
  const survey = async (more: Partial<Stated>, input: object = {}) =>
    told((await client.imports.survey({ file: write([pair({ n: 9 }), pair(more)]), ...input })).remarks)
  expect(await survey({})).toBeUndefined()
  expect(await survey(flipped)).toEqual({ code: 'other-label', field: 'label', records: 1, firstRow: 2 })
  expect(await survey({ tied: true, said: [] })).toMatchObject({ records: 1 })
  // No judgement of its own contradicts none.
  expect(await survey({ said: [] })).toBeUndefined()
  for (const other of [{ source: 'another' }, { split: 'test' }, { images: ['1.png'] }, { images: [] }])
    expect(await survey({ ...flipped, ...other }), JSON.stringify(other)).toBeUndefined()
  expect(await survey({ ...flipped, split: 'test' }, { split: 'train' })).toMatchObject({ records: 1 })
  expect(await survey(flipped, { split: 'test' })).toBeUndefined()
  expect(await survey(flipped, { imagesDir: await writeImages(temporary(), 1, 9) })).toBeUndefined()
  const { db } = backend.requireSession()
  const row = (await db.pairs.chunk(0, 10, { sources: ['mine'] })).find(({ prompt }) => prompt === 'question 7')
  await db.annotations.annotate({ pairId: row!.pairId, action: 'flip', blind: false }, 'me')
  expect(await survey(flipped)).toBeUndefined()
  expect(await survey({})).toMatchObject({ records: 1 })
})
