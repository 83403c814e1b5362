import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { DbClient } from '../../db/worker/client.ts'
import type { RunRecord } from '../../db/runs/queries.ts'
import { runCommand, startDetached, withLimit } from '../../node/child-process.ts'
import { findPython, isolated } from '../python/python.ts'
import type { ProgressReport } from '../progress.ts'
import { followTrainer } from './follow.ts'
import { processStart, stillRuns } from './identity.ts'
import { stopTrainer } from './trainer-process.ts'

let root: string
let python: string

beforeEach(async () => {
  root = mkdtempSync(path.join(tmpdir(), 'hung-'))
  python = (await findPython(root)).executable
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

/** A Python that ignores every request to end, and says by a file that it runs, as which process. */
const DEAF = `
import os, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
signal.signal(signal.SIGINT, signal.SIG_IGN)
file, child = sys.argv[1:]
if child == "group": subprocess.Popen([sys.executable, "-c", "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"])
if child == "escaped": subprocess.Popen([sys.executable, "-c", "import time; time.sleep(20)"], start_new_session=True)
if child == "survivor":
    other = subprocess.Popen([sys.executable, "-c", "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
open(file + ".part", "w").write(str(other.pid if child == "survivor" else os.getpid()))
os.rename(file + ".part", file)
time.sleep(600)
`
const deaf = (child: string) => isolated([python], ['-c', DEAF, path.join(root, 'pid'), child])
async function pidOf(): Promise<number> {
  const file = path.join(root, 'pid')
  while (!existsSync(file)) await sleep(20)
  return Number(readFileSync(file, 'utf8'))
}
async function gone(pid: number): Promise<void> {
  while (processStart(pid) !== null) await sleep(20)
}

test.each([
  ['alone', 'none'],
  ['with a child that does so too', 'group'],
  ['with a child that left its group and holds its pipes', 'escaped'],
  ['but for a child that does', 'survivor'],
])('a Python that ignores SIGTERM, %s, is ended when it is cancelled', { timeout: 60_000 }, async (_, child) => {
  const controller = new AbortController()
  const running = runCommand(root, deaf(child), { signal: controller.signal })
  running.catch(() => {})
  const pid = await pidOf()
  controller.abort(new Error('cancelled'))
  await expect(running).rejects.toThrow('cancelled')
  await gone(pid)
})

test('a Python that does not answer in time is given up', { timeout: 60_000 }, async () => {
  await expect(runCommand(root, deaf('none'), { signal: withLimit(undefined, 1000) })).rejects.toMatchObject({ name: 'TimeoutError' })
  await gone(await pidOf())
})

test('a trainer that ignores all that it is asked is told of while it is silent, and ended by force', { timeout: 60_000 }, async () => {
  const folder = path.join(root, 'run')
  mkdirSync(folder)
  const output = openSync(path.join(folder, 'output.txt'), 'w')
  const child = await startDetached(root, deaf('group'), output)
  closeSync(output)
  const pid = await pidOf()
  const started = processStart(pid)!
  const trainer = { pid, started, exit: () => null, alive: () => stillRuns(pid, started) }
  const lines: string[] = []
  const reports: ProgressReport[] = []
  const run = { id: 'run', eventOffset: 0, trainPairs: 10, testPairs: 0, options: { epochs: 1 } } as RunRecord
  const following = followTrainer(
    run,
    folder,
    trainer.alive,
    {
      db: {} as DbClient,
      progress: (report) => reports.push(report),
      log: (line) => lines.push(line),
      publish: () => {},
      leave: new AbortController().signal,
    },
    100,
  )
  while (reports.length === 0) await sleep(20)
  expect(lines[0]).toMatch(/No output from the trainer for \d+ minutes.*cancel the run/)
  expect(reports[0]).toMatchObject({ phase: expect.stringMatching(/^Starting the trainer; no output/) as string })
  const giveUp = stopTrainer(trainer, folder, { signal: 50, kill: 500 })
  await following
  expect(existsSync(path.join(folder, 'cancel'))).toBe(true)
  expect(stillRuns(pid, started)).toBe(false)
  giveUp()
  child.unref()
})
