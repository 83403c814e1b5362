import type { JobKind } from '../contract/jobs.ts'
import { isLive } from '../core/vocabulary.ts'
import type { DbClient } from '../db/worker/client.ts'
import type { JobRunner } from '../jobs/runner.ts'
import type { EventHub } from './events.ts'
import { Upkeep } from './upkeep.ts'

/** Pairs per call to the database: some tens of milliseconds, so that other queries get their turn in between. */
const INDEXED = 500
/** Jobs that index the words of their pairs themselves, at their end. */
const INDEXING: readonly JobKind[] = ['import', 'retry', 'heal', 'demo']

/**
 * Lets the search find pairs whose import was cancelled, failed or was cut off: when the project is opened, and whenever jobs
 * report something, unless one is about to do so itself. Jobs report pairs before they are over.
 */
export function keepSearch({ db, jobs }: { db: DbClient; jobs: JobRunner }, events: EventHub): Upkeep {
  const isWanted = async (): Promise<boolean> => {
    const { indexedTo, last } = await db.pairs.searchState()
    if (indexedTo >= last) return false
    return !(await jobs.list()).some((job) => INDEXING.includes(job.kind) && isLive(job))
  }
  const work = async (signal: AbortSignal): Promise<void> => {
    if (!(await isWanted())) return
    while ((await db.pairs.indexWords(INDEXED)) > 0) if (signal.aborted) return
    events.publish('pairs')
  }
  return new Upkeep({ name: 'search', topic: 'jobs', work }, events)
}
