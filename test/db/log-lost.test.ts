import { once } from 'node:events'
import { spawn } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { checkProject, repairProject } from '../../src/db/check/project.ts'
import { openProject } from '../../src/db/project/open.ts'
import { info } from '../../src/db/project/queries.ts'
import { Scratch } from './project.ts'
import { makeWholeProject } from './whole-project.ts'

async function killedWhileOpen(folder: string): Promise<void> {
  const child = spawn(process.execPath, [fileURLToPath(new URL('lock-holder.ts', import.meta.url)), folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  const exit = once(child, 'exit')
  child.kill('SIGKILL')
  await exit
}

const lost = (folder: string): string | null => {
  const { db, close } = openProject(folder)
  const { logLost } = info(db)
  close()
  return logLost
}

test('a log that is missing after an end without closing is told, until a repair takes it as known', async () => {
  using scratch = new Scratch()
  makeWholeProject(scratch.project)
  await killedWhileOpen(scratch.project)
  rmSync(join(scratch.project, 'project.db-wal'))
  rmSync(join(scratch.project, 'project.db-shm'), { force: true })
  expect(lost(scratch.project)).toMatch(/^\d{4}-/)
  expect(lost(scratch.project)).not.toBeNull()
  expect(checkProject(scratch.project)).toMatchObject([{ code: 'log-lost' }])
  expect(repairProject(scratch.project)).toMatchObject({ found: [{ code: 'log-lost' }], left: [] })
  expect(lost(scratch.project)).toBeNull()
})

test('nothing is told of a log that is there, nor after a proper end', async () => {
  using scratch = new Scratch()
  makeWholeProject(scratch.project)
  await killedWhileOpen(scratch.project)
  expect(existsSync(join(scratch.project, 'project.db-wal'))).toBe(true)
  expect(lost(scratch.project)).toBeNull()
  expect(existsSync(join(scratch.project, 'project.db-wal'))).toBe(false)
  expect(existsSync(join(scratch.project, 'lock.json'))).toBe(false)
  expect(lost(scratch.project)).toBeNull()
})
