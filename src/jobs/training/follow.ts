import { setTimeout as sleep } from 'node:timers/promises'
import { parseTrainerEvent, type TrainerEvent } from '../../protocols/trainer.ts'
import type { DbClient } from '../../db/worker/client.ts'
import type { RunRecord } from '../../db/runs/queries.ts'
import { inside } from '../../node/project-folder.ts'
import { tailLines } from '../log.ts'
import type { ProgressReport } from '../progress.ts'
import { watchSilence } from '../../node/silence.ts'
import { LineTail } from '../../node/tail.ts'

const POLL_MS = 200
/** Steps of the largest models take minutes; ten without a word are worth one to whoever watches. */
const SILENT_MS = 10 * 60_000
/** Windows needs a process of its own to look at another one. */
const ALIVE_MS = process.platform === 'win32' ? 2000 : POLL_MS

export type FollowContext = {
  db: DbClient
  progress: (report: ProgressReport) => void
  log: (message: string) => void
  publish: (topic: 'runs', id: string) => void
  /** Aborted when the project closes: following ends at once. */
  leave: AbortSignal
}

/** How a trainer's work ended, by its own words. */
export type TrainerEnd = Extract<TrainerEvent, { type: 'done' | 'cancelled' | 'error' }>

const isEnd = (event: TrainerEvent | null | undefined): event is TrainerEnd =>
  event?.type === 'done' || event?.type === 'cancelled' || event?.type === 'error'

/**
 * Stores a trainer's events, each batch in one transaction with how far they were read, until its process has ended and
 * all it wrote is stored.
 *
 * A trainer that says nothing is told of, and goes on: only a person can tell whether it hangs.
 *
 * @throws TRAINER_FAILED for events of another version; the reason of `leave`
 */
export async function followTrainer(
  run: RunRecord,
  folder: string,
  alive: () => boolean,
  context: FollowContext,
  silentMs = SILENT_MS,
): Promise<void> {
  let last: ProgressReport = { phase: 'Starting the trainer', done: 0, total: null, unit: 'pairs' }
  const progress = (report: ProgressReport): void => context.progress((last = report))
  const silence = watchSilence(silentMs, (minutes) => {
    context.log(
      `No output from the trainer for ${minutes} minutes. Loading a large model or computing a large batch takes long. If the machine is idle, cancel the run, then resume it from its last checkpoint.`,
    )
    context.progress({ ...last, phase: `${last.phase}; no output for ${minutes} minutes`, rate: null, etaSeconds: null })
  })
  try {
    await follow(run, folder, alive, { ...context, progress }, silence.heard)
  } finally {
    silence.end()
  }
}

async function follow(run: RunRecord, folder: string, alive: () => boolean, context: FollowContext, heard: () => void): Promise<void> {
  const tail = new LineTail(inside(folder, 'events.jsonl'), run.eventOffset)
  const teller = progressTeller(run, context.progress)
  let looked = -Infinity
  let running = true
  for (;;) {
    context.leave.throwIfAborted()
    // Looked at before reading: what a process wrote before its end is then surely read.
    if (running && performance.now() - looked >= ALIVE_MS) {
      running = alive()
      looked = performance.now()
    }
    const lines = await tail.read()
    if (lines.length > 0) {
      heard()
      const events = lines.flatMap((line) => parseTrainerEvent(line) ?? [])
      await context.db.runs.storeEvents(run.id, events, tail.offset)
      for (const event of events) {
        teller(event)
        if (event.type === 'warning') context.log(`${event.code}: ${event.message}`)
      }
      context.publish('runs', run.id)
      if (isEnd(events.at(-1))) looked = -Infinity
    } else if (!running) {
      return
    } else {
      await sleep(POLL_MS, undefined, { signal: context.leave }).catch(() => {})
    }
  }
}

/** What the last line of the events says of an end, where it was written behind `from` bytes. */
export function trainerEnd(folder: string, size: number, from: number): TrainerEnd | null {
  if (size <= from) return null
  const [line] = tailLines(inside(folder, 'events.jsonl'), 1)
  if (line === undefined) return null
  try {
    const event = parseTrainerEvent(line)
    return isEnd(event) ? event : null
  } catch {
    // The process was killed in the middle of a line.
    return null
  }
}

/** Turns events into progress: pairs while training and testing. */
function progressTeller(run: RunRecord, progress: (report: ProgressReport) => void): (event: TrainerEvent) => void {
  const total = run.trainPairs * run.options.epochs
  const tested = new Set<string>()
  return (event) => {
    switch (event.type) {
      case 'start':
        return progress({ phase: 'Loading', done: 0, total: null, unit: 'pairs' })
      case 'step': {
        const done = Math.round(event.epoch * run.trainPairs)
        return progress({ phase: 'Training', done, total, unit: 'pairs', rate: event.pairs_per_s, etaSeconds: event.eta_s })
      }
      case 'eval':
        for (const id of event.ids) tested.add(id)
        return progress({ phase: 'Evaluating', done: tested.size, total: run.testPairs, unit: 'pairs' })
      case 'phase':
        if (event.phase === 'saving') progress({ phase: 'Saving', done: 0, total: null, unit: 'models' })
        return
      default:
        return
    }
  }
}
