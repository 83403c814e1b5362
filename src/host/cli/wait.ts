import { setTimeout as sleep } from 'node:timers/promises'
import type { Job, Progress } from '../../contract/jobs.ts'
import { Cancelled, JobFailed } from './failures.ts'
import { statusLine } from './output.ts'
import type { Client } from './session.ts'
import { count, duration } from '../../core/format.ts'

const POLL_MS = 100

/**
 * Follows a job to its end and gives its result. On a terminal it keeps one line with progress, rate and time left on
 * standard error. The first Ctrl-C cancels the job in good order and waits for it; the second ends the process at once.
 *
 * @throws {JobFailed} with the job's own error; {Cancelled} where it was cancelled
 */
export async function waitForJob(client: Client, jobId: string): Promise<Record<string, unknown>> {
  let interrupted = false
  const cancel = (): void => {
    if (interrupted) process.exit(130)
    interrupted = true
    void client.jobs.cancel({ jobId }).catch(() => undefined)
  }
  process.on('SIGINT', cancel)
  process.on('SIGTERM', cancel)
  const line = statusLine()
  try {
    for (;;) {
      const job = await client.jobs.get({ jobId })
      line.show(describe(job))
      const ended = outcome(job)
      if (ended) return ended
      await sleep(POLL_MS)
    }
  } finally {
    line.clear()
    process.off('SIGINT', cancel)
    process.off('SIGTERM', cancel)
  }
}

/** The result of a job that succeeded, null while it goes on; whatever else it came to is thrown. */
function outcome(job: Job): Record<string, unknown> | null {
  const { state } = job
  switch (state.status) {
    case 'queued':
    case 'running':
    case 'cancelling':
      return null
    case 'succeeded':
      return state.result
    case 'failed':
      throw new JobFailed(state.error)
    case 'cancelled':
      throw new Cancelled(`${job.title}: cancelled. Finished work is kept; run the command again to continue.`)
    case 'interrupted':
      throw new JobFailed({ code: 'JOB_STATE', message: `${job.title} was interrupted.`, remedy: 'Run the command again.' })
  }
}

/** What fits on one line: the progress, or, before there is any, which job it is. */
function describe(job: Job): string {
  const progress = 'progress' in job.state ? job.state.progress : null
  return progress ? describeProgress(progress) : `${job.title}: ${job.state.status}`
}

/** `scoring 1,200 of 4,000 pairs, 350/s, 8 s left` */
export function describeProgress(progress: Progress): string {
  const done = progress.total === null ? count(progress.done) : `${count(progress.done)} of ${count(progress.total)}`
  const rate = progress.rate === null ? '' : `, ${progress.rate < 10 ? progress.rate.toFixed(1) : count(Math.round(progress.rate))}/s`
  const eta = progress.etaSeconds === null ? '' : `, ${duration(progress.etaSeconds)} left`
  return `${progress.phase} ${done} ${progress.unit}${rate}${eta}`
}
