import { existsSync, readFileSync, statSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from '@playwright/test'
import { test } from './desktop.ts'
import { isAlive, useHelpers } from './helper-work.ts'
import { utilityApp } from './utility-app.ts'

// The processes as an Electron of today runs them: the backend in a utility process, its helpers in others that the shell forks.

let folder = ''
test.beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'blindfold-utility-'))
})
test.afterAll(() => rm(folder, { recursive: true, force: true }))

type Result = { work: Awaited<ReturnType<typeof useHelpers>>; left: number }

test('helpers that the shell forks do what forked children do, and end with the app', async ({ desktop }) => {
  test.setTimeout(180_000)
  const { app } = await desktop.launchApp(await utilityApp(folder))
  const file = join(desktop.home, 'result.json')
  await expect.poll(() => existsSync(file) && statSync(file).size > 0, { timeout: 120_000 }).toBe(true)
  const { work, left } = JSON.parse(readFileSync(file, 'utf8')) as Result
  // The same work with children of this very process.
  const forked = await useHelpers(await mkdtemp(join(folder, 'forked-')))
  expect(work).toEqual(JSON.parse(JSON.stringify(forked)))
  expect(forked.scores.length).toBe(300)
  expect(forked).toMatchObject({ alive: false, aborted: 'no longer wanted', refused: { said: ['failed'], how: 'exit code 1' } })

  const names = await app.evaluate((electron) => electron.app.getAppMetrics().map(({ name, serviceName }) => name ?? serviceName ?? ''))
  expect(names.filter((name) => /-process$/.test(name))).toEqual(['Blindfold scoring-process'])
  expect(isAlive(left)).toBe(true)
  await app.close()
  await expect.poll(() => isAlive(left)).toBe(false)
})
