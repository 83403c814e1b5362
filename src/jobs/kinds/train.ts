import { z } from 'zod'
import { trainInput } from '../../contract/training.ts'
import { BlindfoldError } from '../../core/errors.ts'
import { runLabel } from '../../core/run-label.ts'
import type { RunRecord } from '../../db/runs/queries.ts'
import { inside, workFolder } from '../../node/project-folder.ts'
import { ensureEnvironment } from '../python/environment.ts'
import { renewAudit } from '../renew-audit.ts'
import { defineKind, JobStop, StillRunning, StoppedElsewhere, WorkInterrupted, type JobContext, type JobResult } from '../kind.ts'
import { tailLines } from '../log.ts'
import { killGroup } from '../../node/child-process.ts'
import { followTrainer, trainerEnd, type TrainerEnd } from '../training/follow.ts'
import { leavesProxy, registerProxy } from '../training/register-proxy.ts'
import { allowedFolders, writeSnapshot } from '../training/snapshot.ts'
import { attachTrainer, eventsSize, launchTrainer, OUTPUT, stopTrainer, type TrainerProcess } from '../training/trainer-process.ts'

/** The run's row is made together with the job's. */
export const trainJobInput = z.object({ runId: z.string(), options: trainInput })
type Context = JobContext<z.output<typeof trainJobInput>>

/** Trains one run in a process of its own, which outlives the app. */
export const trainKind = defineKind({
  kind: 'train',
  input: trainJobInput,
  title: ({ options }) => `Train ${runLabel(options)} on ${options.sources.join(' + ')}, seed ${options.seed}`,
  resumable: true,
  resources: ['trainer'],
  detached: true,
  run: train,
})

async function train(context: Context): Promise<JobResult> {
  const { db, signal } = context
  const run = await db.runs.get(context.input.runId)
  const folder = workFolder(context.project.path, 'runs', run.dir)
  const earlier = eventsSize(folder)
  const found = attachTrainer(run.pid, run.pidStarted)
  if (found) {
    context.log(`Following the trainer that runs as process ${found.pid}.`)
    return ended(context, run, folder, found, 0)
  }
  const lost = context.resumedFrom === 'running'
  // It ended while no backend was there to see it.
  if ((lost && run.pid !== null) || trainerEnd(folder, earlier, 0)?.type === 'done') return ended(context, run, folder, null, 0)
  if (lost) throw new WorkInterrupted('The backend stopped before the trainer started.')
  await writeSnapshot(run, folder, context)
  const python = await ensureEnvironment(context.places, context, run.options.model === 'tiny' ? null : 'vlm')
  signal.throwIfAborted()
  context.progress({ phase: 'Starting the trainer', done: 0, total: null, unit: 'pairs' })
  const trainer = await launchTrainer(
    context.places.userDir,
    python,
    folder,
    allowedFolders(context.project.path, run.options),
    earlier > 0,
  )
  await db.runs.setProcess(run.id, trainer.pid, trainer.started)
  context.log(`The trainer runs as process ${trainer.pid}${earlier > 0 ? ', from its last checkpoint' : ''}.`)
  context.publish('runs', run.id)
  return ended(context, run, folder, trainer, earlier)
}

/** Follows a trainer, or what is left of one, to its end. What counts as its end was written behind `from` bytes. */
async function ended(context: Context, run: RunRecord, folder: string, trainer: TrainerProcess | null, from: number): Promise<JobResult> {
  const { db, signal } = context
  const leave = new AbortController()
  let giveUp = (): void => {}
  const onAbort = (): void => {
    if ((signal.reason as JobStop).why === 'close') leave.abort(new StillRunning())
    else if (trainer) giveUp = stopTrainer(trainer, folder)
  }
  signal.addEventListener('abort', onAbort, { once: true })
  if (signal.aborted) onAbort()
  try {
    await followTrainer(run, folder, () => trainer?.alive() ?? false, { ...context, leave: leave.signal })
  } catch (error) {
    // Nobody could make use of what a trainer of another version goes on to write.
    if (error instanceof BlindfoldError && error.code === 'TRAINER_FAILED' && trainer?.alive()) killGroup(trainer.pid, 'SIGTERM')
    throw error
  } finally {
    giveUp()
    signal.removeEventListener('abort', onAbort)
  }
  await db.runs.setProcess(run.id, null, null)
  const end = trainerEnd(folder, eventsSize(folder), from)
  context.publish('runs', run.id)
  if (end?.type !== 'done') throw endError(end, trainer, folder, signal)
  context.log(`The trainer is done: ${end.step} steps in ${end.seconds.toFixed(1)} s.`)
  if (await db.scans.beginAudit()) await renewAudit(context)
  for (const topic of ['pairs', 'scan'] as const) context.publish(topic)
  const proxy = leavesProxy(run.options) ? await registerProxy(run, folder, context) : {}
  return { runId: run.id, steps: end.step, testPairs: run.testPairs, ...proxy }
}

/** What it means that a trainer ended without being done. */
function endError(end: TrainerEnd | null, trainer: TrainerProcess | null, folder: string, signal: AbortSignal): Error {
  if (end?.type === 'cancelled') return new StoppedElsewhere(`The trainer stopped at step ${end.step}.`)
  if (end?.type === 'error') {
    const { message, remedy, file, row, field } = end
    return new BlindfoldError('TRAINER_FAILED', message, { remedy, file: file ?? inside(folder, 'log.txt'), row, field })
  }
  if (signal.aborted) return signal.reason as Error
  const exit = trainer?.exit()
  if (typeof exit?.code === 'number' && exit.code !== 0) {
    // It refused before it could write an event, or Python itself did.
    const output = inside(folder, OUTPUT)
    const said = tailLines(output, 20)
      .findLast((line) => line.trim() !== '')
      ?.trim()
    return new BlindfoldError('TRAINER_FAILED', `The trainer exited with code ${exit.code}: ${said ?? 'no output'}`, {
      remedy: 'Check its output in this file, then resume the run.',
      file: output,
    })
  }
  return new WorkInterrupted('The trainer stopped unexpectedly: it was killed, or the machine restarted. You can resume the run.')
}
