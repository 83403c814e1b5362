import type { Failure } from '../contract/errors.ts'
import type { JobState, JobStatus, Progress } from '../contract/jobs.ts'
import { BlindfoldError } from '../core/errors.ts'
import { LIVE_STATES } from '../core/vocabulary.ts'

/** What can happen to a job. `at` is ISO 8601, UTC. */
export type JobEvent =
  | { type: 'start'; at: string }
  | { type: 'progress'; progress: Progress }
  /** Someone asks for its end. */
  | { type: 'cancel'; at: string }
  /** The work has stopped as asked. */
  | { type: 'stopped'; at: string }
  | { type: 'succeed'; at: string; result: Extract<JobState, { status: 'succeeded' }>['result'] }
  | { type: 'fail'; at: string; error: Failure }
  /** The backend ends, or is found to have ended, while the job was not done. */
  | { type: 'interrupt'; at: string }
  | { type: 'resume' }

/** From which states each event may come. Everything else is illegal. */
const ALLOWED: Record<JobEvent['type'], readonly JobStatus[]> = {
  start: ['queued'],
  progress: ['running', 'cancelling'],
  cancel: ['queued', 'running'],
  // From `running` too: a trainer can be stopped by others than the app.
  stopped: ['running', 'cancelling'],
  // From `cancelling` too: the work may end before it sees the request.
  succeed: ['running', 'cancelling'],
  fail: ['running', 'cancelling'],
  interrupt: LIVE_STATES,
  resume: ['failed', 'cancelled', 'interrupted'],
}

/** Whether `transition` would take the event in this state. */
export const canTransition = (status: JobStatus, event: JobEvent['type']): boolean => ALLOWED[event].includes(status)

/**
 * The only way in which a job's state changes.
 *
 * @throws BlindfoldError `JOB_STATE` where the event is not possible in this state.
 */
export function transition(state: JobState, event: JobEvent): JobState {
  if (!canTransition(state.status, event.type)) {
    throw new BlindfoldError('JOB_STATE', `The job is ${state.status}: it cannot ${VERB[event.type]}.`, { remedy: REMEDY[state.status] })
  }
  const startedAt = 'startedAt' in state ? state.startedAt : null
  const progress = 'progress' in state ? state.progress : null
  switch (event.type) {
    case 'start':
      return { status: 'running', startedAt: event.at, progress: null }
    case 'progress':
      return { ...(state as Extract<JobState, { status: 'running' | 'cancelling' }>), progress: event.progress }
    case 'cancel':
      if (startedAt === null) return { status: 'cancelled', startedAt, endedAt: event.at, progress }
      return { status: 'cancelling', startedAt, progress }
    case 'stopped':
      return { status: 'cancelled', startedAt, endedAt: event.at, progress }
    case 'succeed':
      return { status: 'succeeded', startedAt, endedAt: event.at, progress, result: event.result }
    case 'fail':
      return { status: 'failed', startedAt, endedAt: event.at, progress, error: event.error }
    case 'interrupt':
      return { status: 'interrupted', startedAt, endedAt: event.at, progress }
    case 'resume':
      return { status: 'queued' }
  }
}

const VERB: Record<JobEvent['type'], string> = {
  start: 'start',
  progress: 'report progress',
  cancel: 'be cancelled',
  stopped: 'stop',
  succeed: 'succeed',
  fail: 'fail',
  interrupt: 'be interrupted',
  resume: 'be resumed',
}

const REMEDY: Record<JobStatus, string> = {
  queued: 'Wait until it runs, or cancel it.',
  running: 'Wait until it ends, or cancel it.',
  cancelling: 'Wait until it has stopped.',
  succeeded: 'It is done. Start a new job.',
  failed: 'Resume it or start a new job.',
  cancelled: 'Resume it or start a new job.',
  interrupted: 'Resume it or start a new job.',
}
