import type { DbClient } from '../db/worker/client.ts'
import type { JobRecord } from '../db/jobs/queries.ts'

/** Where a runner keeps its jobs. */
export type JobRows = Pick<DbClient['jobs'], 'insert' | 'setState' | 'get' | 'list' | 'unfinished'>

/** The jobs of a project that is open read-only: those that it holds, which stay as they are, and new ones, which are forgotten with it. */
export class JobsInMemory implements JobRows {
  readonly #stored: JobRows
  readonly #records = new Map<string, JobRecord>()

  constructor(stored: JobRows) {
    this.#stored = stored
  }

  insert(job: JobRecord): Promise<void> {
    this.#records.set(job.id, job)
    return Promise.resolve()
  }

  setState(id: string, state: JobRecord['state']): Promise<void> {
    const record = this.#records.get(id)
    if (record) this.#records.set(id, { ...record, state })
    return Promise.resolve()
  }

  async get(id: string): Promise<JobRecord | null> {
    return this.#records.get(id) ?? (await this.#stored.get(id))
  }

  /** The newest first. */
  async list(): Promise<JobRecord[]> {
    return [...[...this.#records.values()].reverse(), ...(await this.#stored.list())]
  }

  unfinished(): Promise<JobRecord[]> {
    return Promise.resolve([])
  }
}
