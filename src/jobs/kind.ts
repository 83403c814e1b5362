import type { z } from 'zod'
import type { Event } from '../contract/events.ts'
import type { JobKind, JobState, JobStatus } from '../contract/jobs.ts'
import type { DbClient } from '../db/worker/client.ts'
import type { ProgressReport } from './progress.ts'

export type JobResult = Extract<JobState, { status: 'succeeded' }>['result']

export type Publish = (topic: Event['topic'], id?: string) => void

/** Folders outside the project: the user's data of Blindfold, and where the trainer package lies. */
export type Places = { userDir: string; trainerSource: string }

/** Why a job's signal was aborted: someone cancelled it, or the project is being closed. */
export class JobStop extends Error {
  readonly why: 'cancel' | 'close'

  constructor(why: 'cancel' | 'close') {
    super(why === 'cancel' ? 'The job was cancelled.' : 'The project is being closed.')
    this.name = 'AbortError'
    this.why = why
  }
}

/** Thrown by a kind's `run`: the work was stopped, though not through the runner. The job becomes cancelled. */
export class StoppedElsewhere extends Error {}

/** Thrown by a kind's `run`: the work ended without a result and can go on. The job becomes interrupted. */
export class WorkInterrupted extends Error {}

/** Thrown by a detached kind's `run` when the project closes: the work goes on by itself and the job stays running. */
export class StillRunning extends Error {}

/** What a running job gets. */
export type JobContext<Input> = {
  jobId: string
  input: Input
  db: DbClient
  project: { path: string }
  places: Places
  /** Aborted with a `JobStop` as its reason. Cooperative: stop soon, keep what is committed, throw `signal.reason`. */
  signal: AbortSignal
  /** May be called as often as wanted; told at most five times a second. */
  progress: (report: ProgressReport) => void
  /** One line, or several, of the job's log. */
  log: (message: string) => void
  /** Tells the interface that something other than the job itself changed. */
  publish: Publish
  /** The state the job was resumed from; null where it starts for the first time. `running`: re-attach to detached work. */
  resumedFrom: JobStatus | null
}

export type Kind<Schema extends z.ZodType = z.ZodType> = {
  kind: JobKind
  /** Inputs are parsed when a job is made and again when it is read from the project. */
  input: Schema
  title: (input: z.output<Schema>) => string
  /** Whether a job that was cancelled, failed or interrupted can go on. `run` is then called again, with `resumedFrom`. */
  resumable: boolean
  /** Names of what only one job at a time may hold. A job waits, queued, until all are free. */
  resources: readonly string[]
  /** The work changes nothing in the project: it is also possible in a project that is open read-only. */
  onlyReads?: true
  /** The work is done by a process that outlives the backend: on open, `run` is called with `resumedFrom: 'running'`. */
  detached?: boolean
  /** Does the work. What it throws fails the job: a BlindfoldError as it is, anything else as INTERNAL. */
  run: (context: JobContext<z.output<Schema>>) => Promise<JobResult>
}

/** A kind of job, as the runner takes it. One file a kind, in `kinds/`, listed in `kinds/index.ts`. */
export const defineKind = <Schema extends z.ZodType>(kind: Kind<Schema>): Kind<Schema> => kind

/** Any kind, where the type of its input no longer matters. */
export type AnyKind = Omit<Kind, 'title' | 'run'> & {
  // Method syntax: parameters are bivariant, so that every Kind<...> is one of these. Inputs were parsed by `input`.
  title(input: unknown): string
  run(context: JobContext<unknown>): Promise<JobResult>
}
