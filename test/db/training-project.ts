import Sqlite from 'better-sqlite3'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { trainInput, type TrainInput } from '../../src/contract/training.ts'
import { trainKind } from '../../src/jobs/kinds/train.ts'
import type { Project } from './importing.ts'

/** Small, but with steps behind the first checkpoint (every 50): 96 of them. */
export const SMALL: TrainInput = { method: 'shortcut-aware', sources: ['hedged'], epochs: 8, batchSize: 5, seed: 3 }

/** Starts a run as the service does. */
export async function startRun(project: Project, runId: string, input: TrainInput = SMALL): Promise<string> {
  const options = trainInput.parse(input)
  const run = { id: runId, dir: `runs/${runId}`, options }
  const job = await project.jobs.start(trainKind, { runId, options }, (record) => project.db.runs.create(record, run))
  return job.id
}

/** All that a run left behind, but for times and its name. */
export function outcome(folder: string, runId: string) {
  const db = new Sqlite(path.join(folder, 'project.db'), { readonly: true })
  try {
    const all = (sql: string) => db.prepare<[string], Record<string, unknown>>(sql).all(runId)
    return {
      scores: all('SELECT pair_id, mm_margin, text_margin FROM run_eval WHERE run_id = ? ORDER BY pair_id'),
      samples: all('SELECT pair_id, epoch, mm_loss, text_loss, sfc FROM run_samples WHERE run_id = ? ORDER BY epoch, pair_id'),
      losses: all('SELECT step, point FROM run_steps WHERE run_id = ? ORDER BY step').map(({ point }) => {
        const { step, lossMm, lossText, sfcMean } = JSON.parse(point as string) as Record<string, number>
        return { step, lossMm, lossText, sfcMean }
      }),
    }
  } finally {
    db.close()
  }
}

type Event = { type: string; ts: string; step?: number; pid?: number }

/** The events of a run so far, complete lines only. */
export function eventsOf(folder: string, runId: string): Event[] {
  let text = ''
  try {
    text = readFileSync(path.join(folder, 'runs', runId, 'events.jsonl'), 'utf8')
  } catch {
    return []
  }
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Event)
}

/** Resolves when the trainer has done so many steps; gives its process. */
export async function stepReached(folder: string, runId: string, step: number): Promise<number> {
  for (;;) {
    const events = eventsOf(folder, runId)
    const pid = events.findLast((event) => event.type === 'start')?.pid
    if (pid !== undefined && events.some((event) => event.type === 'step' && (event.step ?? 0) >= step)) return pid
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
