import { afterEach, beforeEach, expect, test } from 'vitest'
import { connect, type DbClient } from '../../src/db/worker/client.ts'
import { createProject } from '../../src/db/project/open.ts'
import { asCaller, whileWanted } from '../../src/db/worker/turns.ts'
import { addPairs, newPair, Scratch } from './project.ts'

let scratch: Scratch
let db: DbClient

beforeEach(async () => {
  scratch = new Scratch()
  const project = createProject(scratch.project)
  addPairs(
    project.db,
    Array.from({ length: 500 }, (_, i) => newPair(i + 1)),
  )
  project.close()
  db = await connect(scratch.project)
})

afterEach(async () => {
  await db.close()
  scratch[Symbol.dispose]()
})

const list = (): Promise<unknown> => db.pairs.list({ filter: {}, sort: 'id', cursor: null, limit: 500 })

test('queries that nobody wants any more never run, and those of others do', async () => {
  const leaving = new AbortController()
  const unwanted = asCaller({}, () => whileWanted(leaving.signal, () => Array.from({ length: 100 }, list)))
  const others = asCaller({}, () => Array.from({ length: 5 }, list))
  const reason = new Error('the window was closed')
  leaving.abort(reason)
  const ends = await Promise.allSettled(unwanted)
  const refused = ends.filter((end) => end.status === 'rejected')
  // Those that the thread already has are finished.
  expect(refused.length).toBeGreaterThanOrEqual(98)
  for (const end of refused) expect(end.reason).toBe(reason)
  expect(await Promise.all(others)).toHaveLength(5)
})

test('what is asked for after the end of the wish is refused', async () => {
  const leaving = new AbortController()
  leaving.abort(new Error('gone'))
  await expect(whileWanted(leaving.signal, list)).rejects.toThrow('gone')
  await expect(list()).resolves.toBeDefined()
})

test('a signal has no listeners left once its queries have ended', async () => {
  const warnings: Error[] = []
  const warned = (warning: Error): void => void warnings.push(warning)
  process.on('warning', warned)
  const { signal } = new AbortController()
  await whileWanted(signal, async () => {
    for (let i = 0; i < 20; i++) await list()
  })
  await new Promise(setImmediate)
  process.off('warning', warned)
  expect(warnings).toEqual([])
})
