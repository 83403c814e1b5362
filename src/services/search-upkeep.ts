import { setTimeout as pause } from 'node:timers/promises'
import type { JobKind } from '../contract/jobs.ts'
import { logError } from '../core/log.ts'
import { isLive } from '../core/vocabulary.ts'
import { asCaller } from '../db/turns.ts'
import type { EventHub } from './events.ts'
import type { Session } from './backend.ts'

/** Pairs a call to the database: some tens of milliseconds, so that other queries get their turn in between. */
const INDEXED = 500
/** Jobs that index the words of their pairs themselves, at their end. */
const INDEXING: readonly JobKind[] = ['import', 'retry', 'heal', 'demo']

/**
 * Lets the search find pairs whose import was cancelled, failed or was cut off: when the project is opened, and whenever pairs
 * have come, unless a job is about to do so.
 */
export class SearchUpkeep {
  readonly #session: Pick<Session, 'db' | 'jobs'>
  readonly #stop = new AbortController()
  readonly #done: Promise<void>

  constructor(session: Pick<Session, 'db' | 'jobs'>, events: EventHub) {
    this.#session = session
    this.#done = asCaller(this, () => this.#work(events)).catch((error: unknown) => {
      if (!this.#stop.signal.aborted) logError('search', error)
    })
  }

  /** Resolves when nothing is written any more. */
  close(): Promise<void> {
    this.#stop.abort()
    return this.#done
  }

  async #work(events: EventHub): Promise<void> {
    const { signal } = this.#stop
    const changes = events.subscribe(signal)
    for (;;) {
      if (await this.#isWanted()) await this.#index(events, signal)
      for (;;) {
        const change = await changes.next()
        if (change.done) return
        // Jobs tell of pairs before they are over.
        if (change.value.topic === 'jobs') break
      }
      // One look is enough for many changes.
      await pause(200, undefined, { signal })
    }
  }

  async #isWanted(): Promise<boolean> {
    const { db, jobs } = this.#session
    const { indexedTo, last } = await db.pairs.searchState()
    if (indexedTo >= last) return false
    const all = await jobs.list()
    return !all.some((job) => INDEXING.includes(job.kind) && isLive(job))
  }

  async #index(events: EventHub, signal: AbortSignal): Promise<void> {
    while ((await this.#session.db.pairs.indexWords(INDEXED)) > 0) if (signal.aborted) return
    events.publish('pairs')
  }
}
