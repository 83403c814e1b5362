import { trainInput, type TrainInput } from '../src/contract/training.ts'
import { runTraining } from '../src/host/cli/train.ts'
import type { Client } from '../src/host/cli/session.ts'
import { waitForJob } from '../src/host/cli/wait.ts'
import { runLabel } from '../src/core/run-label.ts'

/** Trains, unless the very run is there: a finished one is kept, an interrupted one goes on. */
export async function trainOnce(client: Client, input: TrainInput): Promise<void> {
  const { sources, seed, ...options } = trainInput.parse(input)
  const label = runLabel(options)
  const same = (await client.training.runs()).filter(
    (run) => runLabel(run.options) === label && run.trainSource === sources.join('+') && run.options.seed === seed,
  )
  if (same.some((run) => run.state.status === 'succeeded')) return
  const stopped = same.find((run) => run.resumable)
  if (!stopped) return void (await runTraining(client, input))
  await client.jobs.resume({ jobId: stopped.jobId })
  await waitForJob(client, stopped.jobId)
}
