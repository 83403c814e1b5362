import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ORPCError } from '@orpc/client'
import { isContractProcedure } from '@orpc/contract'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { contract } from '../../src/contract/index.ts'
import { portBackend, socketBackend, type Client, type RunningBackend } from './backends.ts'

/** Every procedure that takes a path, with an input that names this one. */
const WITH_PATHS: Record<string, { access: 'read' | 'write'; input: (path: string) => unknown; name: 'folder' | 'data.jsonl' }> = {
  'projects.open': { access: 'read', name: 'folder', input: (path) => ({ path }) },
  'projects.trust': { access: 'read', name: 'folder', input: (path) => ({ path }) },
  'projects.create': { access: 'write', name: 'folder', input: (path) => ({ path: join(path, 'new') }) },
  'imports.preview': { access: 'read', name: 'data.jsonl', input: (file) => ({ file }) },
  'imports.preview imagesDir': { access: 'read', name: 'folder', input: (imagesDir) => ({ file: inside('data.jsonl'), imagesDir }) },
  'imports.survey': { access: 'read', name: 'data.jsonl', input: (file) => ({ file }) },
  'imports.survey imagesDir': { access: 'read', name: 'folder', input: (imagesDir) => ({ file: inside('data.jsonl'), imagesDir }) },
  'imports.start': { access: 'read', name: 'data.jsonl', input: (file) => ({ file, source: 'a' }) },
  'imports.start imagesDir': {
    access: 'read',
    name: 'folder',
    input: (imagesDir) => ({ file: inside('data.jsonl'), source: 'a', imagesDir }),
  },
  'imports.exportQuarantine': { access: 'write', name: 'folder', input: (path) => ({ out: join(path, 'new.jsonl') }) },
  'imports.retryQuarantine': { access: 'read', name: 'folder', input: (imagesDir) => ({ imagesDir }) },
  'imports.heal': { access: 'read', name: 'folder', input: (imagesDir) => ({ imagesDir }) },
  'models.add': { access: 'read', name: 'folder', input: (path) => ({ path }) },
  'scan.saveReport': { access: 'write', name: 'folder', input: (path) => ({ file: join(path, 'new.html') }) },
  'training.preflight': { access: 'read', name: 'folder', input: (model) => ({ method: 'standard', sources: ['a'], model }) },
  'training.start': { access: 'read', name: 'folder', input: (model) => ({ method: 'standard', sources: ['a'], model }) },
  'exports.plan': { access: 'write', name: 'folder', input: (path) => ({ out: join(path, 'export') }) },
  'exports.start': { access: 'write', name: 'folder', input: (path) => ({ out: join(path, 'export') }) },
}

/** Names of fields that hold paths, and the procedures in which they are something else. */
const PATH_FIELDS = ['path', 'file', 'out', 'dir', 'folder', 'imagesDir', 'model']
const NO_PATH: Record<string, string> = {
  'projects.forgetRecent': 'takes an entry off a list, and touches no file',
  'projects.browse': 'lists what the rules show: tested below',
  'imports.surveyProgress': 'looks a number up by a name',
  'models.download': 'names in a card, which are checked against the folder of the model',
  'scan.start': 'the id of a registered model',
  'probe.start': 'the id of a registered model',
}

function procedures(node: unknown = contract, path: string[] = []): [string, z.ZodType | undefined][] {
  if (isContractProcedure(node)) return [[path.join('.'), node['~orpc'].inputSchema as z.ZodType | undefined]]
  return Object.entries(node as Record<string, unknown>).flatMap(([name, child]) => procedures(child, [...path, name]))
}

it('knows every procedure that takes a path', () => {
  const taking = procedures().filter(([, schema]) => {
    const text = schema ? JSON.stringify(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })) : ''
    return PATH_FIELDS.some((field) => text.includes(`"${field}":{`))
  })
  expect(taking.length).toBeGreaterThan(10)
  const known = new Set([...Object.keys(WITH_PATHS).map((name) => name.split(' ')[0]), ...Object.keys(NO_PATH)])
  expect(taking.map(([name]) => name).filter((name) => !known.has(name))).toEqual([])
})

let home = ''
let outside = ''
const inside = (name: string): string => join(home, name)

async function outcome(client: Client, name: string, input: unknown): Promise<string> {
  const procedure = (name.split(' ')[0] as string)
    .split('.')
    .reduce<unknown>((node, part) => (node as Record<string, unknown>)[part], client)
  return (procedure as (input: unknown) => Promise<unknown>)(input).then(
    () => 'done',
    (error: unknown) => (error instanceof ORPCError ? error.code : String(error)),
  )
}

/** What lies in a folder that strangers' paths are tried on. */
function fill(folder: string): void {
  mkdirSync(join(folder, 'folder'), { recursive: true })
  writeFileSync(join(folder, 'data.jsonl'), `${JSON.stringify({ prompt: 'a', chosen: 'b', rejected: 'c' })}\n`)
}

describe.each([
  ['the desktop app', portBackend],
  ['blindfold serve', socketBackend],
] as const)('a page of %s', (_name, start) => {
  let backend: RunningBackend
  let client: Client

  beforeAll(async () => {
    home = await realpath(await mkdtemp(join(tmpdir(), 'blindfold-paths-')))
    outside = await realpath(await mkdtemp(join(tmpdir(), 'blindfold-outside-')))
    fill(home)
    fill(outside)
    mkdirSync(inside('way'))
    symlinkSync(outside, inside('link'))
    symlinkSync(join(outside, 'nothing-yet'), inside('way/dangling'))
    backend = await start(home)
    ;({ client } = await backend.connect())
    await client.projects.create({ path: inside('open') })
  })
  afterAll(async () => {
    await backend.close()
    await Promise.all([home, outside].map((folder) => rm(folder, { recursive: true, force: true })))
  })

  describe.each(Object.entries(WITH_PATHS))('%s', (name, { input, name: leaf }) => {
    it('refuses paths that the user did not give', async () => {
      const paths = [
        join(outside, leaf),
        `${home}/../${outside.split('/').at(-1)}/${leaf}`,
        inside(`link/${leaf}`),
        `${home}-beside`,
        '/etc',
        '/etc/passwd',
      ]
      for (const path of paths) expect(await outcome(client, name, input(path)), path).toBe('PATH_NOT_ALLOWED')
      for (const path of ['relative', '../up', `${home}\0/x`, 'file:///etc/passwd']) {
        expect(await outcome(client, name, input(path)), path).toMatch(/^(INVALID_INPUT|PATH_NOT_ALLOWED)$/)
      }
      expect(existsSync(join(outside, 'nothing-yet'))).toBe(false)
    })

    it('takes what the user gave', async () => {
      expect(await outcome(client, name, input(inside(leaf)))).not.toMatch(/PATH_NOT_ALLOWED|INVALID_INPUT/)
      if (!(await client.projects.current())) await client.projects.open({ path: inside('open.blindfold') })
    })
  })

  it('writes through no link, to no file of others, and over nothing unasked', async () => {
    await client.projects.open({ path: inside('open.blindfold') })
    await Promise.all((await client.jobs.list()).map(({ id }) => client.jobs.cancel({ jobId: id }).catch(() => undefined)))
    writeFileSync(inside('folder/notes.txt'), 'mine')
    for (const replace of [false, true]) {
      expect(await outcome(client, 'imports.exportQuarantine', { out: inside('folder/notes.txt'), replace })).toMatch(
        /FILE_EXISTS|FILE_NOT_WRITABLE/,
      )
      expect(await outcome(client, 'scan.saveReport', { file: inside('folder/notes.txt'), replace })).toMatch(
        /FILE_EXISTS|FILE_NOT_WRITABLE/,
      )
      expect(await outcome(client, 'imports.exportQuarantine', { out: inside('way/dangling'), replace })).toBe('PATH_NOT_ALLOWED')
    }
    expect(readFileSync(inside('folder/notes.txt'), 'utf8')).toBe('mine')
    expect(existsSync(join(outside, 'nothing-yet'))).toBe(false)
  })

  it('opens a recent project, wherever it lies', async () => {
    const own = await portBackend(outside)
    const { client: elsewhere } = await own.connect()
    const { path } = await elsewhere.projects.create({ path: join(outside, 'recent') })
    await own.close()
    expect(await outcome(client, 'projects.open', { path })).toBe('PATH_NOT_ALLOWED')
    const recents = JSON.parse(readFileSync(inside('recent.json'), 'utf8')) as { path: string; openedAt: string }[]
    writeFileSync(inside('recent.json'), JSON.stringify([{ ...recents[0], path }, ...recents]))
    expect(await outcome(client, 'projects.open', { path, access: 'read' })).toBe('done')
  })
})

describe('in the desktop app', () => {
  it('a file stands for itself, reading for reading, and a save dialog for replacing', async () => {
    const [own, other] = [
      await mkdtemp(join(tmpdir(), 'blindfold-own-')),
      await realpath(await mkdtemp(join(tmpdir(), 'blindfold-other-'))),
    ]
    fill(other)
    writeFileSync(join(other, 'second.jsonl'), readFileSync(join(other, 'data.jsonl')))
    const backend = await portBackend(own)
    const { client } = await backend.connect()
    await client.projects.create({ path: join(own, 'open') })

    await backend.grant(join(other, 'data.jsonl'), 'read')
    expect(await outcome(client, 'imports.preview', { file: join(other, 'data.jsonl') })).toBe('done')
    expect(await outcome(client, 'imports.preview', { file: join(other, 'second.jsonl') })).toBe('PATH_NOT_ALLOWED')
    expect(await outcome(client, 'imports.exportQuarantine', { out: join(other, 'data.jsonl'), replace: true })).toBe('PATH_NOT_ALLOWED')

    await backend.grant(other, 'read')
    expect(await outcome(client, 'imports.preview', { file: join(other, 'second.jsonl') })).toBe('done')
    expect(await outcome(client, 'imports.exportQuarantine', { out: join(other, 'new.jsonl') })).toBe('PATH_NOT_ALLOWED')
    expect(await outcome(client, 'exports.plan', { out: join(other, 'export') })).toBe('PATH_NOT_ALLOWED')

    await backend.grant(join(other, 'second.jsonl'), 'write')
    expect(await outcome(client, 'imports.exportQuarantine', { out: join(other, 'second.jsonl'), replace: true })).toBe('done')
    expect(await outcome(client, 'imports.exportQuarantine', { out: join(other, 'data.jsonl'), replace: true })).toBe('PATH_NOT_ALLOWED')

    // Beside the open project an export may be made, as the dialog suggests.
    const { path } = (await client.projects.create({ path: join(own, 'deeper-project') }))!
    expect(await outcome(client, 'exports.plan', { out: path.replace('.blindfold', '-trl') })).toBe('done')
    expect(await outcome(client, 'projects.browse', {})).toBe('PATH_NOT_ALLOWED')
    expect(await outcome(client, 'projects.browse', { path: '/' })).toBe('PATH_NOT_ALLOWED')
    await backend.close()
    await Promise.all([own, other].map((folder) => rm(folder, { recursive: true, force: true })))
  })
})

describe('under blindfold serve', () => {
  it('only the roots are listed: nothing hidden, and no link that leads out', async () => {
    const own = await realpath(await mkdtemp(join(tmpdir(), 'blindfold-own-')))
    const second = await realpath(await mkdtemp(join(tmpdir(), 'blindfold-second-')))
    fill(own)
    mkdirSync(join(own, '.secret/deep'), { recursive: true })
    writeFileSync(join(own, '.secret/deep/data.jsonl'), readFileSync(join(own, 'data.jsonl')))
    symlinkSync('/etc', join(own, 'out'))
    symlinkSync(join(own, '.secret'), join(own, 'plain'))
    symlinkSync(join(own, 'folder'), join(own, 'loop'))
    const backend = await socketBackend(own, second)
    const { client } = await backend.connect()
    const listed = await client.projects.browse({})
    expect(listed).toMatchObject({ path: own, parent: null })
    expect(listed.entries.map(({ name }) => name)).toEqual(expect.arrayContaining(['folder', 'loop', 'data.jsonl']))
    expect(listed.entries.map(({ name }) => name)).not.toEqual(expect.arrayContaining(['out']))
    expect(listed.entries.filter(({ name }) => ['out', 'plain', '.secret'].includes(name))).toEqual([])
    expect(await client.projects.browse({ path: join(own, 'folder') })).toMatchObject({ parent: own })
    expect((await client.projects.browse({ path: second })).path).toBe(second)
    for (const path of ['/', '/etc', join(own, 'out'), join(own, '..'), join(own, '.secret'), join(own, 'plain')]) {
      expect(await outcome(client, 'projects.browse', { path }), path).toBe('PATH_NOT_ALLOWED')
    }
    expect(await outcome(client, 'imports.preview', { file: join(own, '.secret/deep/data.jsonl') })).toBe('PATH_NOT_ALLOWED')
    expect(await outcome(client, 'imports.preview', { file: join(own, 'plain/deep/data.jsonl') })).toBe('PATH_NOT_ALLOWED')

    // A file that Blindfold wrote is replaced if the user agrees.
    await client.projects.create({ path: join(own, 'open') })
    writeFileSync(join(own, 'bad.jsonl'), '{"prompt":1}\n')
    const { jobId } = await client.imports.start({ file: join(own, 'bad.jsonl'), source: 'a', format: 'trl' })
    await expect.poll(async () => (await client.jobs.get({ jobId })).state.status).toMatch(/succeeded|failed/)
    const out = join(own, 'quarantine.jsonl')
    expect((await client.imports.exportQuarantine({ out })).rows).toBe(1)
    expect(await outcome(client, 'imports.exportQuarantine', { out })).toBe('FILE_EXISTS')
    expect(await outcome(client, 'imports.exportQuarantine', { out, replace: true })).toBe('done')
    await backend.close()
    await Promise.all([own, second].map((folder) => rm(folder, { recursive: true, force: true })))
  })
})
