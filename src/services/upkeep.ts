import { setTimeout as pause } from 'node:timers/promises'
import type { Event } from '../contract/events.ts'
import { logError } from '../core/log.ts'
import { asCaller } from '../db/worker/turns.ts'
import type { EventHub } from './events.ts'

/** Time in which further events are covered by the same look, ms. */
const GATHER_MS = 200

/**
 * Background work on a project for as long as it is open: done at once, and again after events of `topic`. Work that fails,
 * on a full disk for example, is logged and tried again then.
 */
export class Upkeep {
  readonly #stop = new AbortController()
  readonly #done: Promise<void>

  constructor(
    { name, topic, work }: { name: string; topic: Event['topic']; work: (signal: AbortSignal) => Promise<void> },
    events: EventHub,
  ) {
    const { signal } = this.#stop
    const attempt = (): Promise<void> =>
      work(signal).catch((error: unknown) => {
        if (!signal.aborted) logError(name, error)
      })
    this.#done = asCaller(this, async () => {
      const changes = events.subscribe(signal)
      await attempt()
      for await (const change of changes) {
        if (change.topic !== topic) continue
        await pause(GATHER_MS, undefined, { signal }).catch(() => undefined)
        if (!signal.aborted) await attempt()
      }
    })
  }

  /** Resolves when nothing is written any more. */
  close(): Promise<void> {
    this.#stop.abort()
    return this.#done
  }
}
