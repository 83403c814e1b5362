import { createRouterClient } from '@orpc/server'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Event } from '../../src/contract/events.ts'
import { createProject } from '../../src/db/project/open.ts'
import { Backend } from '../../src/services/backend.ts'
import { createRouter } from '../../src/services/router.ts'
import { addPairs, newPair, Scratch } from './project.ts'

const PAIRS = 30
let scratch: Scratch
let backend: Backend
const client = () => createRouterClient(createRouter(backend))

beforeEach(async () => {
  scratch = new Scratch()
  const { db, close } = createProject(scratch.project)
  addPairs(
    db,
    Array.from({ length: PAIRS }, (_, i) => newPair(i + 1, { prompt: i % 3 === 0 ? 'the same question' : `question ${i}` })),
    'src',
    'train',
  )
  close()
  backend = new Backend({ trainerSource: scratch.folder, userDir: join(scratch.folder, 'home') })
  await backend.open(scratch.project, { trust: true })
})
afterEach(async () => {
  await backend.close()
  scratch[Symbol.dispose]()
})

async function ended({ jobId }: { jobId: string }) {
  for (;;) {
    const { state } = await client().jobs.get({ jobId })
    if ('endedAt' in state) return state
    await sleep(5)
  }
}
const failure = (call: Promise<unknown>) =>
  call.then(
    () => expect.unreachable('it did not fail'),
    (error: unknown) => error as { code: string; message: string; data: { field?: string } },
  )
const count = async (filter: object) => (await client().pairs.count({ filter })).count

describe('bulk actions', () => {
  test('change what the filter has, say so in the list, and are taken back', async () => {
    const { bulk, pairs } = client()
    const filter = { text: 'same question' }
    const done = await ended(await bulk.start({ filter, change: { action: 'set-split', split: ' test ' }, expected: 10 }))
    expect(done).toMatchObject({ status: 'succeeded', result: { pairs: 10, changed: 10 } })
    expect((await pairs.facets()).splits).toEqual([
      { value: 'test', count: 10 },
      { value: 'train', count: 20 },
    ])
    const [entry] = await bulk.list()
    expect(entry).toMatchObject({ action: { action: 'set-split', split: 'test' }, pairs: 10, state: 'done' })
    // One of them goes elsewhere meanwhile.
    await ended(await bulk.start({ filter: { pairIds: [1] }, change: { action: 'set-split', split: 'validation' }, expected: 1 }))
    expect(await ended(await bulk.undo({ id: entry!.id }))).toMatchObject({ status: 'succeeded', result: { undone: 9, kept: 1 } })
    expect((await pairs.facets()).splits).toEqual([
      { value: 'train', count: 29 },
      { value: 'validation', count: 1 },
    ])
    expect((await bulk.list()).map(({ state }) => state)).toEqual(['done', 'undone'])
    expect((await failure(bulk.undo({ id: entry!.id }))).code).toBe('JOB_STATE')
    expect((await failure(bulk.undo({ id: 99 }))).code).toBe('NOT_FOUND')
  })

  test('on another number of pairs than was agreed to change nothing', async () => {
    const { bulk } = client()
    const refused = await failure(bulk.start({ filter: { text: 'same question' }, change: { action: 'discard' }, expected: 9 }))
    expect(refused).toMatchObject({ code: 'INVALID_INPUT', data: { field: 'expected' } })
    expect(refused.message).toMatch(/\b10\b.*\b9\b/)
    expect(await count({ statuses: ['discarded'] })).toBe(0)
    expect(await bulk.list()).toEqual([])
  })

  test('that find other pairs when their turn comes change nothing either', async () => {
    const { bulk, jobs } = client()
    // Both wait for the same data: the second begins when the first has taken pairs out of its filter.
    const first = await bulk.start({ filter: { pairIds: [1, 2, 3] }, change: { action: 'discard' }, expected: 3 })
    const second = await bulk.start({ filter: { statuses: ['unreviewed'] }, change: { action: 'tag', tag: 'x' }, expected: PAIRS })
    await ended(first)
    expect(await ended(second)).toMatchObject({
      status: 'failed',
      error: { code: 'INVALID_INPUT', message: expect.stringMatching(/\b27\b.*\b30\b/) as string },
    })
    expect(await count({ tags: ['x'] })).toBe(0)
    expect((await bulk.list()).map(({ action }) => action.action)).toEqual(['discard'])
    expect((await jobs.list()).map(({ title }) => title)).toEqual(['Tag 30 pairs “x”', 'Discard 3 pairs'])
  })

  test('are labels of their own in the history, which the review’s undo does not touch', async () => {
    const { bulk, pairs, review } = client()
    await review.annotate({ pairId: 5, action: 'flip' })
    await ended(await bulk.start({ filter: { pairIds: [4] }, change: { action: 'discard' }, expected: 1 }))
    expect(await review.undo()).toMatchObject({ pairId: 5 })
    expect((await failure(review.undo())).code).toBe('NOTHING_TO_UNDO')
    expect((await pairs.get({ pairId: 4 })).history).toMatchObject([{ action: 'discard', blind: false }])
  })
})

test('slices keep filters under names, with the count that they have now', async () => {
  const { slices } = client()
  const filter = { text: 'same question', statuses: ['unreviewed' as const] }
  const made = await slices.save({ name: '  asked often ', filter })
  expect(made).toMatchObject({ name: 'asked often', filter, pairs: 10 })
  await client().review.annotate({ pairId: 1, action: 'discard' })
  expect(await slices.list()).toEqual([{ ...made, pairs: 9 }])
  expect(await slices.save({ name: 'asked often', filter: {} })).toMatchObject({ id: made.id, pairs: PAIRS })
  const other = await slices.save({ name: 'other', filter: { tags: ['nothing'] } })
  expect(other.pairs).toBe(0)
  expect(await failure(slices.rename({ id: other.id, name: 'asked often' }))).toMatchObject({
    code: 'INVALID_INPUT',
    data: { field: 'name' },
  })
  expect(await slices.rename({ id: other.id, name: 'another' })).toMatchObject({ id: other.id, name: 'another' })
  await slices.remove({ id: made.id })
  expect((await slices.list()).map(({ name }) => name)).toEqual(['another'])
  expect((await failure(slices.remove({ id: made.id }))).code).toBe('NOT_FOUND')
})

test('duplicates are found by a job and filtered by; what changes since makes them stale', async () => {
  const { duplicates, pairs } = client()
  expect(await duplicates.summary()).toMatchObject({ foundAt: null })
  await ended(await duplicates.find())
  const found = await duplicates.summary()
  expect(found).toMatchObject({ foundAt: expect.any(String) as string, stale: false })
  expect(found.kinds).toContainEqual({ kind: 'same-question', sets: 1, pairs: 10 })
  expect(await count({ duplicates: ['same-question'] })).toBe(10)
  expect(await count({ duplicates: ['same-pair', 'flipped-twin'] })).toBe(0)
  expect((await pairs.get({ pairId: 1 })).repeats).toMatchObject([
    { kind: 'same-question', pairIds: expect.arrayContaining([4, 7]) as number[] },
  ])
  await client().review.annotate({ pairId: 2, action: 'flip' })
  expect((await duplicates.summary()).stale).toBe(true)
})

test('everybody is told of what changes', async () => {
  const seen: Event[] = []
  const stop = new AbortController()
  const listening = (async () => {
    for await (const event of backend.events.subscribe(stop.signal)) seen.push(event)
  })()
  const { bulk, pairs, slices } = client()
  expect(await pairs.tag({ pairId: 3, add: ['hard', 'later'], remove: [] })).toEqual({ tags: ['hard', 'later'] })
  await slices.save({ name: 'a', filter: {} })
  const topics = () => seen.splice(0).map(({ topic }) => topic)
  await sleep(10)
  expect(topics()).toEqual(['pairs', 'curation', 'curation'])
  await ended(await bulk.start({ filter: { tags: ['hard'] }, change: { action: 'untag', tag: 'hard' }, expected: 1 }))
  await sleep(10)
  expect(topics()).toEqual(expect.arrayContaining(['project', 'curation', 'pairs', 'jobs']))
  expect((await pairs.facets()).tags).toEqual([{ value: 'later', count: 1 }])
  expect((await failure(pairs.tag({ pairId: 999, add: ['x'] }))).code).toBe('NOT_FOUND')
  stop.abort()
  await listening
})
