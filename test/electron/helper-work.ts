import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { HeldOutScore } from '../../src/protocols/scoring.ts'
import { runScan } from '../../src/scoring/client.ts'
import { startHelper, type Helper } from '../../src/scoring/helper.ts'
import { ScoringQuestions } from '../../src/scoring/questions-client.ts'

const READING = { proxy: 'lexical', model: null, characters: false, executionProvider: 'cpu', threads: null } as const
const pairs = Array.from({ length: 300 }, (_, i) => ({
  id: i,
  key: String(i).padStart(4, '0'),
  group: `g${i}`,
  prompt: `What is in picture ${i}?`,
  chosen: i % 5 ? `There are ${i} red birds.` : `It may be ${i} things.`,
  rejected: i % 5 ? `It may be ${i} things.` : `There are ${i} red birds.`,
}))

async function* batches() {
  for (let from = 0; from < pairs.length; from += 50) yield pairs.slice(from, from + 50)
}

/** What the backend does with its helpers: a scan, a question about it, and each way in which a helper ends. */
export async function useHelpers(folder: string) {
  const dir = join(folder, 'scan')
  await mkdir(dir, { recursive: true })
  const scores: HeldOutScore[] = []
  const types = new Set<string>()
  const begin = { type: 'begin', reading: READING, seed: 1, folds: 3, dir, cache: folder } as const
  const scan = (signal: AbortSignal, batchesOf = batches) =>
    runScan({
      begin,
      pairs: batchesOf(),
      onReply: async (reply) => {
        types.add(reply.type)
        if (reply.type === 'scores') scores.push(...reply.scores)
      },
      log: () => undefined,
      signal,
    })
  await scan(new AbortController().signal)

  const questions = new ScoringQuestions()
  const scorer = { reading: READING, file: join(dir, 'all.model') }
  const margins = await questions.score(scorer, pairs.slice(0, 3))
  const missing = (await outcome(questions.score({ ...scorer, file: join(dir, 'none.model') }, pairs.slice(0, 1)))).replace(folder, '')
  const { pid } = questions
  await questions.close()

  const aborting = new AbortController()
  const aborted = await outcome(
    scan(aborting.signal, async function* () {
      yield pairs.slice(0, 50)
      aborting.abort(new Error('no longer wanted'))
    }),
  )

  // All that was sent arrives before the end is told: a request that is refused fails the helper at once.
  const said: unknown[] = []
  const refused = startHelper('scoring-process', () => undefined)
  refused.onMessage((message) => said.push((message as { type: string }).type))
  await refused.send({ type: 'nonsense' })
  const howRefused = await refused.ended

  const killed = startHelper('probe-process', () => undefined)
  killed.kill()
  await killed.ended

  const lines: string[] = []
  const dying = startHelper('scoring-process', (text) => lines.push(text))
  await dying.send({ type: 'scan' })
  process.kill(await running(dying), 'SIGKILL')
  await dying.ended

  scores.sort((a, b) => a.id - b.id)
  return {
    scores,
    types: [...types].sort(),
    margins,
    missing,
    alive: pid !== null && isAlive(pid),
    aborted,
    refused: { said, how: howRefused },
  }
}

/** The helper's process id, once it runs. */
export async function running(helper: Helper): Promise<number> {
  while (helper.pid === null) await new Promise((resolve) => setTimeout(resolve, 5))
  return helper.pid
}

const outcome = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    (error: Error) => error.message.split('\n')[0] as string,
  )

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
