import { createRouterClient, ORPCError } from '@orpc/server'
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { contract } from '../../src/contract/index.ts'
import type { Event } from '../../src/contract/events.ts'
import { openProject } from '../../src/db/project/open.ts'
import { Backend, defaultUserDir } from '../../src/services/backend.ts'
import { createRouter } from '../../src/services/router.ts'
import { addPairs, newPair, Scratch } from './project.ts'

let scratch: Scratch
let backend: Backend

beforeEach(() => {
  scratch = new Scratch()
  backend = new Backend({ trainerSource: scratch.folder, userDir: join(scratch.folder, 'home') })
})
afterEach(async () => {
  await backend.close()
  scratch[Symbol.dispose]()
})

const client = () => createRouterClient(createRouter(backend))
const failure = (call: Promise<unknown>) =>
  call.then(
    () => expect.unreachable('it did not fail'),
    (error: unknown) => error as ORPCError<string, { remedy: string; field?: string }>,
  )

/** A project with `n` pairs, not open. */
async function filled(name: string, n: number): Promise<string> {
  const { path } = await client().projects.create({ path: join(scratch.folder, name) })
  await client().projects.close()
  const { db, close } = openProject(path)
  addPairs(
    db,
    Array.from({ length: n }, (_, i) => newPair(i + 1)),
    'src',
    'train',
  )
  close()
  return path
}

test('the router has a handler for every procedure of the contract', () => {
  const router = createRouter(backend) as Record<string, Record<string, unknown>>
  const named = (tree: Record<string, object>) =>
    Object.entries(tree)
      .flatMap(([group, entries]) => Object.keys(entries).map((name) => `${group}.${name}`))
      .sort()
  expect(named(router as Record<string, object>)).toEqual(named(contract))
})

describe('a project', () => {
  test('is made with its ending, is the current one, and is remembered', async () => {
    const made = await client().projects.create({ path: join(scratch.folder, 'vqa') })
    expect(made).toMatchObject({ name: 'vqa', path: join(scratch.folder, 'vqa.blindfold'), pairs: 0, sources: [] })
    for (const folder of ['media', 'runs', 'scans', 'logs']) expect(existsSync(join(made.path, folder))).toBe(true)
    expect(await client().projects.current()).toEqual(made)
    expect(await client().projects.recent()).toMatchObject([{ path: made.path, name: 'vqa', exists: true }])
    expect(await client().projects.close()).toBeNull()
    expect(await client().projects.current()).toBeNull()
    expect((await failure(client().projects.create({ path: made.path }))).code).toBe('PROJECT_EXISTS')
  })

  test('tells what is in it', async () => {
    const path = await filled('full', 3)
    expect(await client().projects.open({ path })).toMatchObject({ pairs: 3, sources: [{ name: 'src', pairs: 3, splits: ['train'] }] })
  })

  test('that cannot be opened leaves the open one open', async () => {
    const { path } = await client().projects.create({ path: join(scratch.folder, 'a') })
    expect(await failure(client().projects.open({ path: join(scratch.folder, 'none.blindfold') }))).toMatchObject({
      code: 'PROJECT_NOT_FOUND',
      defined: true,
    })
    expect((await client().projects.current())?.path).toBe(path)
  })

  test('gives way to the next one, which frees it for others', async () => {
    const [a, b] = [await filled('a', 1), await filled('b', 2)]
    const seen: (string | null)[] = []
    backend.onProject((path) => seen.push(path))
    await Promise.all([client().projects.open({ path: a }), client().projects.open({ path: b })])
    expect((await client().projects.current())?.path).toBe(b)
    openProject(a).close()
    await client().projects.close()
    expect(seen).toEqual([a, b, null])
    expect((await client().projects.recent()).map(({ path }) => path)).toEqual([b, a])
    await client().projects.forgetRecent({ path: b })
    expect((await client().projects.recent()).map(({ name }) => name)).toEqual(['a'])
  })

  test('opened again while it is open stays as it is', async () => {
    const path = await filled('a', 1)
    await client().projects.open({ path })
    const { session } = backend
    await client().projects.open({ path: `${path}/.` })
    expect(backend.session).toBe(session)
  })

  test('is needed for what works on pairs', async () => {
    expect(await failure(client().pairs.facets())).toMatchObject({
      code: 'PROJECT_NOT_OPEN',
      defined: true,
      data: { remedy: expect.any(String) as string },
    })
  })
})

describe('errors', () => {
  test('of the input name the field', async () => {
    await client().projects.create({ path: join(scratch.folder, 'a') })
    expect(await failure(client().pairs.list({ limit: 0 }))).toMatchObject({
      code: 'INVALID_INPUT',
      defined: true,
      data: { field: 'limit' },
    })
    expect(await failure(client().pairs.list({ filter: { statuses: ['maybe' as 'kept'] } }))).toMatchObject({
      data: { field: 'filter.statuses.0' },
    })
    expect((await failure(client().review.annotate({ pairId: 1, action: 'keep' }))).code).toBe('NOT_FOUND')
  })
  test('nobody meant say so, and keep their details to the terminal', async () => {
    await client().projects.create({ path: join(scratch.folder, 'a') })
    const printed = vi.spyOn(console, 'error').mockImplementation(() => {})
    // A row that no version of Blindfold would write.
    vi.spyOn(backend.requireSession().db.projects, 'info').mockRejectedValue(new TypeError('secret /etc/path'))
    const error = await failure(client().projects.current())
    expect(error).toMatchObject({ code: 'INTERNAL', defined: true })
    expect(JSON.stringify(error.toJSON())).not.toContain('secret')
    expect(printed.mock.calls.flat().map(String).join()).toContain('secret')
    vi.restoreAllMocks()
  })
})

test('labels are given, taken back and brought back, each with a hint of the pair it was on', async () => {
  const path = await filled('a', 3)
  await client().projects.open({ path })
  const heard: Event[] = []
  const stop = new AbortController()
  const listening = (async () => {
    for await (const event of backend.events.subscribe(stop.signal)) heard.push(event)
  })()
  expect(await client().review.annotate({ pairId: 2, action: 'flip', blind: true })).toMatchObject({ pairId: 2, status: 'flipped' })
  expect(await client().pairs.get({ pairId: 2 })).toMatchObject({
    chosen: 'wrong 2',
    original: { chosen: 'right 2' },
    history: [{ action: 'flip', blind: true }],
  })
  expect((await client().pairs.list({ filter: { statuses: ['flipped'] } })).rows.map(({ pairId }) => pairId)).toEqual([2])
  expect(await client().review.undo()).toMatchObject({ pairId: 2, status: 'unreviewed' })
  expect(await client().review.redo()).toMatchObject({ pairId: 2, status: 'flipped' })
  expect((await failure(client().review.redo())).code).toBe('NOTHING_TO_REDO')
  expect(await client().pairs.neighbours({ pairId: 2, sort: 'id' })).toEqual({ previous: 1, next: 3 })
  expect(await client().pairs.count({ filter: { text: 'picture' } })).toEqual({ count: 3 })
  expect((await client().pairs.facets()).statuses).toEqual([
    { value: 'flipped', count: 1 },
    { value: 'unreviewed', count: 2 },
  ])
  stop.abort()
  await listening
  expect(heard.filter(({ topic }) => topic !== 'jobs').map(({ topic, id }) => [topic, id])).toEqual([
    ['labels', '2'],
    ['pairs', '2'],
    ['pairs', '2'],
  ])
})

test('browsing lists folders and projects before files, without what is hidden or broken', async () => {
  const root = join(scratch.folder, 'files')
  mkdirSync(join(root, 'z-folder'), { recursive: true })
  mkdirSync(join(root, 'p.blindfold'))
  writeFileSync(join(root, 'a.jsonl'), 'x'.repeat(12))
  writeFileSync(join(root, '.hidden'), '')
  symlinkSync(join(root, 'nowhere'), join(root, 'broken'))
  const listed = await client().projects.browse({ path: root })
  expect(listed.entries.map(({ name, kind, bytes }) => [name, kind, bytes])).toEqual([
    ['p.blindfold', 'project', null],
    ['z-folder', 'folder', null],
    ['a.jsonl', 'file', 12],
  ])
  expect(basename(listed.parent ?? '')).toBe(basename(scratch.folder))
  expect((await client().projects.browse({ path: '/' })).parent).toBeNull()
  expect((await failure(client().projects.browse({ path: join(root, 'gone') }))).code).toBe('FILE_NOT_FOUND')
  expect((await failure(client().projects.browse({ path: join(root, 'a.jsonl') }))).code).toBe('FILE_UNREADABLE')
})

test("the user's folder can be put elsewhere, and a damaged list of recents does no harm", async () => {
  vi.stubEnv('BLINDFOLD_HOME', '/somewhere/else')
  expect(defaultUserDir()).toBe('/somewhere/else')
  vi.unstubAllEnvs()
  mkdirSync(backend.places.userDir)
  writeFileSync(join(backend.places.userDir, 'recent.json'), '{"not": ')
  expect(await client().projects.recent()).toEqual([])
  await client().projects.create({ path: join(scratch.folder, 'a') })
  expect(await client().projects.recent()).toHaveLength(1)
})
