import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRouterClient } from '@orpc/server'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { checkProject } from '../../src/db/check/project.ts'
import { projectDetails } from '../../src/db/project/info.ts'
import { openProject } from '../../src/db/project/open.ts'
import { Backend } from '../../src/services/backend.ts'
import { createRouter } from '../../src/services/router.ts'
import { canMount } from './faults.ts'
import { makeWholeProject, PAIRS } from './whole-project.ts'

const root = mkdtempSync(join(tmpdir(), 'blindfold-medium-'))
const medium = join(root, 'medium')
const mounts = canMount()
const copies = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('blindfold-look-'))

beforeAll(() => {
  if (!mounts) return
  execFileSync('mkdir', [medium])
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'tmpfs', medium])
  makeWholeProject(join(medium, 'closed.blindfold'))
  // As a copy of a project that was open: with its log, and without.
  const { db, close } = openProject(join(medium, 'closed.blindfold'))
  db.exec("INSERT INTO meta (key, value) VALUES ('written', 'in the log')")
  cpSync(join(medium, 'closed.blindfold'), join(medium, 'open.blindfold'), { recursive: true })
  close()
  rmSync(join(medium, 'open.blindfold', 'project.db-shm'))
  execFileSync('mount', ['-o', 'remount,ro', medium])
})
afterAll(() => {
  if (mounts) spawnSync('umount', ['-l', medium])
  rmSync(root, { recursive: true })
})

describe.skipIf(!mounts)('on a medium that cannot be written to', () => {
  test.each(['closed', 'open'])('a project that was copied while it was %s is read, and nothing of the copy is left', async (name) => {
    const path = join(medium, `${name}.blindfold`)
    const before = copies()
    expect(() => openProject(path)).toThrow(expect.objectContaining({ code: 'FILE_NOT_WRITABLE' }))
    expect(projectDetails(path).contents).toMatchObject({ pairs: PAIRS, slices: 0 })
    expect(checkProject(path)).toEqual([])

    const backend = new Backend({ trainerSource: '/nowhere', userDir: join(root, 'home') })
    const client = createRouterClient(createRouter(backend), { context: {} })
    expect(await client.projects.trust({ path }).catch((error: { code: string }) => error.code)).toBe('FILE_NOT_WRITABLE')
    expect(await client.projects.open({ path, access: 'read' })).toMatchObject({ readOnly: true, pairs: PAIRS })
    // What cannot be written to stays open to be read.
    expect(await client.projects.trust({ path }).catch((error: { code: string }) => error.code)).toBe('FILE_NOT_WRITABLE')
    expect(await client.projects.current()).toMatchObject({ path, readOnly: true, trusted: false })
    expect((await client.pairs.list({ filter: {}, sort: 'id', limit: 5 })).rows).toHaveLength(5)
    expect(await backend.requireSession().db.projects.meta('written')).toBe('in the log')
    const { jobId } = await client.exports.start({
      format: 'csv',
      out: join(root, `out-${name}`),
      filter: {},
      label: 'current',
      includeExcluded: false,
      columns: true,
      resplit: null,
    })
    expect((await backend.requireSession().jobs.finished(jobId)).state.status).toBe('succeeded')
    await backend.close()
    expect(existsSync(join(root, `out-${name}`, 'manifest.json'))).toBe(true)
    expect(copies()).toEqual(before)
  })
})
