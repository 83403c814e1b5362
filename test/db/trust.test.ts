import { execFileSync } from 'node:child_process'
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRouterClient } from '@orpc/server'
import { afterEach, describe, expect, test } from 'vitest'
import { Backend } from '../../src/services/backend.ts'
import { createRouter } from '../../src/services/router.ts'
import { Trust } from '../../src/services/trust.ts'
import { makeWholeProject, PAIRS } from './whole-project.ts'

const home = mkdtempSync(join(tmpdir(), 'blindfold-trust-'))
const open: Backend[] = []

/** A person with a folder of their own for what Blindfold remembers. */
function person(name: string) {
  const backend = new Backend({ trainerSource: '/nowhere', userDir: join(home, name) })
  open.push(backend)
  return { backend, client: createRouterClient(createRouter(backend), { context: {} }) }
}

const folder = (name: string): string => join(home, `${name}-${Math.random().toString(36).slice(2)}.blindfold`)
const code = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'done',
    (error: { code: string }) => error.code,
  )

afterEach(async () => {
  await Promise.all(open.splice(0).map((backend) => backend.close()))
})

describe('a project that was made elsewhere', () => {
  test('opens read-only without a question, and to be changed only once it is trusted', async () => {
    const path = folder('made')
    makeWholeProject(path)
    const { client } = person('ann')
    expect(await code(client.projects.open({ path }))).toBe('PROJECT_UNTRUSTED')
    expect(await client.projects.current()).toBeNull()

    expect(await client.projects.open({ path, access: 'read' })).toMatchObject({ readOnly: true, trusted: false, pairs: PAIRS })
    expect((await client.pairs.list({ filter: {}, sort: 'id', limit: 5 })).rows).toHaveLength(5)
    expect(await client.jobs.list()).not.toHaveLength(0)
    expect(await code(client.projects.open({ path }))).toBe('PROJECT_UNTRUSTED')

    expect(await client.projects.trust({ path })).toMatchObject({ readOnly: false, trusted: true })
    await client.projects.close()
    expect(await client.projects.open({ path })).toMatchObject({ readOnly: false, trusted: true })
  })

  test('changes nothing, resumes no job and loads no model while it is open read-only', async () => {
    const path = folder('quiet')
    makeWholeProject(path)
    const { client } = person('ben')
    const before = tree(path)
    await client.projects.open({ path, access: 'read' })
    const [pair] = (await client.pairs.list({ filter: {}, sort: 'id', limit: 1 })).rows
    const { pairId } = pair!
    const refused = {
      label: () => client.review.annotate({ pairId, action: 'keep', blind: false }),
      scan: () => client.scan.start({ proxy: 'lexical', seed: 0 }),
      demo: () => client.demo.start({ pairs: 10, seed: 0 }),
      heal: () => client.imports.heal({ imagesDir: home, fetchHosts: [] }),
      tag: () => client.slices.save({ name: 'x', filter: {} }),
      resume: () => client.jobs.list().then(([job]) => client.jobs.resume({ jobId: job!.id })),
    }
    for (const [what, call] of Object.entries(refused)) expect(await code(call()), what).toMatch(/PROJECT_READ_ONLY|JOB_STATE/)
    await expect(client.pairs.attribution({ pairId })).rejects.toMatchObject({
      code: 'PROJECT_UNTRUSTED',
      message: expect.stringMatching(/models are not loaded/) as string,
    })
    await client.projects.close()
    expect(tree(path)).toEqual(before)
  })

  test('can be exported while it is open read-only', async () => {
    const path = folder('export')
    makeWholeProject(path)
    const { backend, client } = person('cem')
    await client.projects.open({ path, access: 'read' })
    const before = await client.jobs.list()
    const { jobId } = await client.exports.start({
      format: 'trl',
      out: join(home, 'exported'),
      filter: {},
      label: 'current',
      includeExcluded: false,
      columns: true,
      resplit: null,
    })
    const ended = await backend.requireSession().jobs.finished(jobId)
    expect(ended.state).toMatchObject({ status: 'succeeded' })
    expect((await client.jobs.log({ jobId, lines: 100 })).join('\n')).toContain('pairs and')
    await client.projects.close()
    await client.projects.open({ path, access: 'read' })
    expect(await client.jobs.list()).toEqual(before)
  })

  test('is another one for each user, and asks again where a copy takes its place', async () => {
    const path = folder('copied')
    const { client } = person('dan')
    await client.projects.create({ path })
    await client.projects.close()
    expect(await client.projects.open({ path })).toMatchObject({ trusted: true })
    await client.projects.close()
    expect(await code(person('eva').client.projects.open({ path }))).toBe('PROJECT_UNTRUSTED')

    const moved = folder('moved')
    renameSync(path, moved)
    expect(await client.projects.open({ path: moved })).toMatchObject({ trusted: true })
    await client.projects.close()

    // What comes back may be something else, whatever it calls itself.
    cpSync(moved, path, { recursive: true })
    rmSync(moved, { recursive: true })
    expect(await code(client.projects.open({ path }))).toBe('PROJECT_UNTRUSTED')
    expect(await code(client.projects.open({ path: moved }))).toBe('PROJECT_NOT_FOUND')
  })

  test('is not trusted by a damaged record', () => {
    const path = folder('record')
    makeWholeProject(path)
    const trust = new Trust(join(home, 'fay'))
    trust.trustFolder(path)
    expect(trust.has(path)).toBe(true)
    appendFileSync(join(home, 'fay', 'trusted.json'), 'x')
    expect(trust.has(path)).toBe(false)
  })

  test('is looked through when it is opened for the first time', async () => {
    const path = folder('damaged')
    makeWholeProject(path)
    const file = join(path, 'project.db')
    const bytes = readFileSync(file)
    bytes.fill(0xff, bytes.length - 4096, bytes.length - 3000)
    writeFileSync(file, bytes)
    const { client } = person('gus')
    expect(await code(client.projects.open({ path, access: 'read' }))).toBe('PROJECT_CORRUPT')
    expect(await code(client.projects.trust({ path }))).toBe('PROJECT_CORRUPT')
    expect(await code(client.projects.open({ path }))).toBe('PROJECT_UNTRUSTED')
  })
})

/** Every file of a folder with its bytes; SQLite's own two may come and go. */
function tree(path: string): string {
  mkdirSync(path, { recursive: true })
  return execFileSync('sh', ['-c', 'find . -type f ! -name "project.db-*" -exec sha256sum {} + | sort -k2'], {
    cwd: path,
    encoding: 'utf8',
  })
}
