import { z } from 'zod'
import { JOB_KINDS } from '../core/vocabulary.ts'
import { procedure, query, timestamp } from './base.ts'
import { failure } from './errors.ts'

export const jobKind = z.enum(JOB_KINDS)
export type { JobKind } from '../core/vocabulary.ts'

/** Progress of a running job. `etaSeconds` is null until the rate is known well enough to be honest. */
export const progress = z.object({
  phase: z.string(),
  done: z.number(),
  total: z.number().nullable(),
  unit: z.string(),
  /** Units per second over the last few seconds. */
  rate: z.number().nullable(),
  etaSeconds: z.number().nullable(),
})
export type Progress = z.infer<typeof progress>

const live = { startedAt: timestamp, progress: progress.nullable() }
const ended = { startedAt: timestamp.nullable(), endedAt: timestamp, progress: progress.nullable() }

/** The one status of a job. Transitions: see `src/jobs/transition.ts`. */
export const jobState = z.discriminatedUnion('status', [
  z.object({ status: z.literal('queued') }),
  z.object({ status: z.literal('running'), ...live }),
  z.object({ status: z.literal('cancelling'), ...live }),
  z.object({ status: z.literal('succeeded'), ...ended, result: z.record(z.string(), z.json()) }),
  z.object({ status: z.literal('failed'), ...ended, error: failure }),
  z.object({ status: z.literal('cancelled'), ...ended }),
  /** The backend ended while the job ran. It can be resumed. */
  z.object({ status: z.literal('interrupted'), ...ended }),
])
export type JobState = z.infer<typeof jobState>
export type JobStatus = JobState['status']

export const job = z.object({
  id: z.string(),
  kind: jobKind,
  title: z.string(),
  createdAt: timestamp,
  /** Whether `jobs.resume` is possible in the present state. */
  resumable: z.boolean(),
  state: jobState,
})
export type Job = z.infer<typeof job>

export const jobRef = z.object({ jobId: z.string() })

export const jobs = {
  /** The newest 200 jobs, newest first. */
  list: query.output(z.array(job)),
  /** One job. */
  get: query.input(jobRef).output(job),
  /** Cancels a job that is queued or running. */
  cancel: procedure.input(jobRef).output(job),
  /** Resumes a job, if it is resumable. */
  resume: procedure.input(jobRef).output(job),
  /** The last lines of the job's log. */
  log: query.input(jobRef.extend({ lines: z.number().int().min(1).max(2000).default(200) })).output(z.array(z.string())),
}
