import { randomUUID } from 'node:crypto'
import type { z } from 'zod'
import type { Failure } from '../contract/errors.ts'
import type { Job, JobStatus } from '../contract/jobs.ts'
import { BlindfoldError } from '../core/errors.ts'
import { isLive } from '../core/vocabulary.ts'
import type { DbClient } from '../db/worker/client.ts'
import type { JobRecord } from '../db/jobs/queries.ts'
import { asCaller } from '../db/worker/turns.ts'
import { JobStop, StillRunning, StoppedElsewhere, WorkInterrupted } from './kind.ts'
import type { AnyKind, JobResult, Kind, Places, Publish } from './kind.ts'
import { logName } from '../node/project-folder.ts'
import { readOnlyRefusal } from '../db/worker/store-error.ts'
import { JobsInMemory, type JobRows } from './jobs-in-memory.ts'
import { LogFile, LogInMemory, type JobLog } from './log.ts'
import { ProgressMeter } from './progress.ts'
import { canTransition, transition, type JobEvent } from './transition.ts'

const PUBLISH_MS = 200
const PERSIST_MS = 1000

export type RunnerOptions = {
  db: DbClient
  project: { path: string }
  places: Places
  kinds: readonly AnyKind[]
  publish: Publish
  /** Only kinds that change nothing in the project start; their jobs are kept in memory. */
  readOnly?: boolean
}

/** A job that is not over: its record is newer here than in the database. */
type LiveJob = {
  record: JobRecord
  kind: AnyKind
  resumedFrom: JobStatus | null
  controller: AbortController
  log: JobLog
  meter: ProgressMeter
  published: number
  persisted: number
  settled: Promise<void>
  settle: () => void
}

/**
 * Runs the jobs of one open project. A job's row is written before its work begins; its states change through
 * `transition` alone. Jobs whose kinds need the same resource wait for each other in the order they were made.
 */
export class JobRunner {
  #options: RunnerOptions
  #rows: JobRows
  #unstoredLogs = new Map<string, JobLog>()
  #live = new Map<string, LiveJob>()
  #closing = false

  constructor(options: RunnerOptions) {
    this.#options = options
    this.#rows = options.readOnly ? new JobsInMemory(options.db.jobs) : options.db.jobs
  }

  /**
   * Makes a job and starts it as soon as its resources are free. `store` writes the job's row, for kinds that have to
   * write more in the same transaction; what it throws, no job was made.
   *
   * @throws BlindfoldError `INVALID_INPUT` where the input is not what the kind takes
   */
  async start<Schema extends z.ZodType>(
    kind: Kind<Schema>,
    input: z.input<Schema>,
    store: (record: JobRecord) => Promise<unknown> = (record) => this.#rows.insert(record),
  ): Promise<Job> {
    this.#assertOpen()
    this.#assertAllowed(kind)
    const parsed = kind.input.safeParse(input)
    if (!parsed.success) throw invalidInput(kind.kind, parsed.error)
    const record: JobRecord = {
      id: randomUUID(),
      kind: kind.kind,
      title: kind.title(parsed.data),
      input: parsed.data,
      createdAt: now(),
      state: { status: 'queued' },
    }
    if (this.#options.readOnly) this.#unstoredLogs.set(record.id, new LogInMemory())
    // Before the row: a job whose log cannot be is refused, not left behind.
    this.#log(record.id)
    await store(record)
    return this.#queue(this.#enlist(record, kind, null))
  }

  /** Asks for a job's end; what was committed stays. @throws `NOT_FOUND`, `JOB_STATE` */
  async cancel(id: string): Promise<Job> {
    const live = this.#live.get(id)
    if (!live) {
      // Refused by the transition: the job is over.
      transition((await this.#stored(id)).state, { type: 'cancel', at: now() })
      throw new Error('A job that has ended was cancelled.')
    }
    if (live.record.state.status === 'cancelling') return this.#view(live.record)
    await this.#apply(live, { type: 'cancel', at: now() })
    live.controller.abort(new JobStop('cancel'))
    if (!isLive(live.record)) this.#retire(live)
    return this.#view(live.record)
  }

  /** Goes on with a job that failed, was cancelled or interrupted. @throws `NOT_FOUND`, `JOB_STATE` */
  async resume(id: string): Promise<Job> {
    this.#assertOpen()
    const stored = await this.#stored(id)
    // A live job is newer than its row, and refuses.
    const record = this.#live.get(id)?.record ?? stored
    const state = transition(record.state, { type: 'resume' })
    const kind = this.#kind(record.kind)
    if (!kind?.resumable) {
      throw new BlindfoldError('JOB_STATE', 'A job of this kind cannot be resumed.', { remedy: 'Start a new one.' })
    }
    this.#assertAllowed(kind)
    const live = this.#enlist({ ...record, state }, kind, record.state.status)
    await this.#rows.setState(id, state)
    return this.#queue(live)
  }

  /** The newest jobs first. */
  async list(): Promise<Job[]> {
    const records = await this.#rows.list()
    return records.map((record) => this.#view(this.#live.get(record.id)?.record ?? record))
  }

  /** @throws `NOT_FOUND` */
  async get(id: string): Promise<Job> {
    return this.#view(this.#live.get(id)?.record ?? (await this.#stored(id)))
  }

  /** The last lines of a job's log. @throws `NOT_FOUND` */
  async log(id: string, lines: number): Promise<string[]> {
    await this.get(id)
    return this.#log(id).tail(lines)
  }

  /** Resolves once the job is over (or has been left running by `close`). @throws `NOT_FOUND` */
  async finished(id: string): Promise<Job> {
    await this.#live.get(id)?.settled
    return this.get(id)
  }

  /**
   * To be called once, when the project was opened: what a backend that ended left unfinished becomes interrupted, but
   * detached work is attached to again; it then finds for itself whether it goes on, is done, or is dead.
   */
  async recover(): Promise<void> {
    for (const record of await this.#rows.unfinished()) {
      const kind = this.#kind(record.kind)
      if (!kind?.detached || record.state.status === 'queued') {
        await this.#rows.setState(record.id, transition(record.state, { type: 'interrupt', at: now() }))
        continue
      }
      const live = this.#enlist(record, kind, 'running')
      if (record.state.status === 'cancelling') live.controller.abort(new JobStop('cancel'))
      void this.#work(live)
    }
    this.#options.publish('jobs')
  }

  /** Interrupts what runs, but leaves detached work alone, and waits until all has stopped. No job starts any more. */
  async close(): Promise<void> {
    this.#closing = true
    const live = [...this.#live.values()]
    for (const job of live) {
      if (job.record.state.status === 'queued') {
        await this.#apply(job, { type: 'interrupt', at: now() })
        this.#retire(job)
      } else {
        job.controller.abort(new JobStop('close'))
      }
    }
    await Promise.all(live.map((job) => job.settled))
  }

  #log(id: string): JobLog {
    return this.#unstoredLogs.get(id) ?? new LogFile(this.#options.project.path, id)
  }

  #assertAllowed(kind: { onlyReads?: true }): void {
    if (this.#options.readOnly && !kind.onlyReads) throw readOnlyRefusal(this.#options.project.path)
  }

  #assertOpen(): void {
    if (this.#closing) {
      throw new BlindfoldError('PROJECT_NOT_OPEN', 'The project is being closed.', { remedy: 'Open it again.' })
    }
  }

  #kind(name: string): AnyKind | undefined {
    return this.#options.kinds.find((kind) => kind.kind === name)
  }

  async #stored(id: string): Promise<JobRecord> {
    const record = await this.#rows.get(id)
    if (!record) throw new BlindfoldError('NOT_FOUND', `Job ${id} not found.`, { remedy: 'Choose a job from the list of jobs.' })
    return record
  }

  #view(record: JobRecord): Job {
    const { id, title, createdAt, state } = record
    const resumable = (this.#kind(record.kind)?.resumable ?? false) && canTransition(state.status, 'resume')
    return { id, kind: record.kind, title, createdAt, resumable, state }
  }

  #enlist(record: JobRecord, kind: AnyKind, resumedFrom: JobStatus | null): LiveJob {
    const { promise: settled, resolve: settle } = Promise.withResolvers<void>()
    const live: LiveJob = {
      record,
      kind,
      resumedFrom,
      controller: new AbortController(),
      log: this.#log(record.id),
      meter: new ProgressMeter(),
      published: -Infinity,
      persisted: -Infinity,
      settled,
      settle,
    }
    this.#live.set(record.id, live)
    return live
  }

  #queue(job: LiveJob): Job {
    this.#options.publish('jobs', job.record.id)
    this.#pump()
    return this.#view(job.record)
  }

  /** Starts every queued job whose resources are free. One that waits keeps younger ones from overtaking it. */
  #pump(): void {
    if (this.#closing) return
    const taken = new Set<string>()
    for (const job of this.#live.values()) {
      if (job.record.state.status !== 'queued') for (const resource of job.kind.resources) taken.add(resource)
    }
    for (const job of this.#live.values()) {
      if (job.record.state.status !== 'queued') continue
      const free = job.kind.resources.every((resource) => !taken.has(resource))
      for (const resource of job.kind.resources) taken.add(resource)
      if (!free) continue
      const stored = this.#apply(job, { type: 'start', at: now() })
      void stored.then(
        () => this.#work(job),
        (error: unknown) => this.#end(job, this.#verdict(job, error)),
      )
    }
  }

  /** Each job takes turns with the windows at the database, whoever started it. */
  #work(job: LiveJob): Promise<void> {
    return asCaller(job, () => this.#run(job))
  }

  async #run(job: LiveJob): Promise<void> {
    const { record, kind, controller, log } = job
    log.write(job.resumedFrom ? `Job resumed: ${record.title}` : `Job started: ${record.title}`)
    let event: JobEvent | null
    try {
      const result: JobResult = await kind.run({
        jobId: record.id,
        input: kind.input.parse(record.input),
        db: this.#options.db,
        project: this.#options.project,
        places: this.#options.places,
        signal: controller.signal,
        progress: (report) => this.#progress(job, report),
        log: (message) => log.write(message),
        publish: this.#options.publish,
        resumedFrom: job.resumedFrom,
      })
      event = { type: 'succeed', at: now(), result }
    } catch (error) {
      event = this.#verdict(job, error)
    }
    await this.#end(job, event)
  }

  /** What the end of `run` by an error means; null where the job goes on without the backend. */
  #verdict(job: LiveJob, error: unknown): JobEvent | null {
    const at = now()
    const stop = job.controller.signal.reason as JobStop | undefined
    if (error instanceof StillRunning) return null
    if (stop?.why === 'close' || error instanceof WorkInterrupted) {
      job.log.write(`Interrupted: ${messageOf(error)}`)
      return { type: 'interrupt', at }
    }
    // Stopping may break the work anywhere, so that errors then mean nothing, unless they were meant for people.
    if (error instanceof StoppedElsewhere || (stop && !(error instanceof BlindfoldError))) {
      job.log.write(`Cancelled: ${messageOf(error)}`)
      return { type: 'stopped', at }
    }
    const failure = this.#failure(job, error)
    job.log.write(`Failed: ${failure.message} ${failure.remedy}`)
    return { type: 'fail', at, error: failure }
  }

  #failure(job: LiveJob, error: unknown): Failure {
    if (error instanceof BlindfoldError) return { code: error.code, message: error.message, ...error.detail }
    job.log.write(error instanceof Error ? (error.stack ?? error.message) : String(error))
    return {
      code: 'INTERNAL',
      message: `The job failed because of a bug in Blindfold: ${messageOf(error)}`,
      remedy: `Report it with the job’s log, ${logName(job.record.id)} in the project folder.`,
      file: logName(job.record.id),
    }
  }

  async #end(job: LiveJob, event: JobEvent | null): Promise<void> {
    try {
      if (event) await this.#apply(job, event)
    } catch (error) {
      // The database is gone. The row stays as it is, and the next opening of the project marks it as interrupted.
      job.log.write(`The result of the job could not be stored: ${messageOf(error)}`)
    }
    this.#retire(job)
  }

  #retire(job: LiveJob): void {
    if (this.#live.get(job.record.id) === job) this.#live.delete(job.record.id)
    job.settle()
    this.#pump()
  }

  /** Changes the state, stores it, and tells of it. */
  async #apply(job: LiveJob, event: JobEvent): Promise<void> {
    job.record = { ...job.record, state: transition(job.record.state, event) }
    try {
      await this.#store(job)
    } finally {
      this.#options.publish('jobs', job.record.id)
    }
  }

  #progress(job: LiveJob, report: Parameters<ProgressMeter['update']>[0]): void {
    // A straggler of work that has already ended.
    if (!canTransition(job.record.state.status, 'progress') || this.#live.get(job.record.id) !== job) return
    const at = performance.now()
    const progress = job.meter.update(report, at)
    const newPhase = 'progress' in job.record.state && job.record.state.progress?.phase !== progress.phase
    job.record = { ...job.record, state: transition(job.record.state, { type: 'progress', progress }) }
    if (newPhase || at - job.published >= PUBLISH_MS) {
      job.published = at
      this.#options.publish('jobs', job.record.id)
    }
    if (at - job.persisted >= PERSIST_MS) {
      job.persisted = at
      // Lost where the database is closing: the state that counts is stored with the job's end.
      this.#store(job).catch(() => {})
    }
  }

  /** States are stored in the order in which the job had them, whoever changed them. */
  #store(job: LiveJob): Promise<unknown> {
    return asCaller(job, () => this.#rows.setState(job.record.id, job.record.state))
  }
}

const now = (): string => new Date().toISOString()

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

function invalidInput(kind: string, error: z.ZodError): BlindfoldError {
  const issue = error.issues[0]
  const field = issue?.path.join('.')
  return new BlindfoldError('INVALID_INPUT', `The input of the ${kind} job is not valid: ${issue?.message ?? 'unknown'}.`, {
    remedy: 'Correct this field.',
    ...(field ? { field } : {}),
  })
}
