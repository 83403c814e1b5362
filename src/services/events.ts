import { AsyncIteratorClass } from '@orpc/server'
import type { Event } from '../contract/events.ts'

/** Hints that a slow listener has not taken yet; more than that, and the oldest go: it sees the gap in `seq` and refetches. */
const BUFFER = 256

/** Passes hints of changes on to every listener. Numbers grow by one over the life of the backend. */
export class EventHub {
  #seq = 0
  #listeners = new Set<(event: Event) => void>()

  publish = (topic: Event['topic'], id?: string, annotation?: number): void => {
    const event: Event = { seq: ++this.#seq, topic, ...(id !== undefined && { id }), ...(annotation !== undefined && { annotation }) }
    for (const listener of this.#listeners) listener(event)
  }

  get listeners(): number {
    return this.#listeners.size
  }

  /** The events from now on, until `signal` is aborted or the iterator is left. Listening begins with the call. */
  subscribe(signal?: AbortSignal): AsyncIteratorClass<Event, void, void> {
    const buffer: Event[] = []
    let ended = false
    let wake = (): void => {}
    const listener = (event: Event): void => {
      buffer.push(event)
      if (buffer.length > BUFFER) buffer.shift()
      wake()
    }
    const end = (): void => {
      ended = true
      this.#listeners.delete(listener)
      signal?.removeEventListener('abort', end)
      wake()
    }
    this.#listeners.add(listener)
    signal?.addEventListener('abort', end)
    if (signal?.aborted) end()
    const next = async (): Promise<IteratorResult<Event, void>> => {
      while (buffer.length === 0 && !ended) await new Promise<void>((resolve) => (wake = resolve))
      const event = ended ? undefined : buffer.shift()
      return event ? { done: false, value: event } : { done: true, value: undefined }
    }
    // A generator that is left before its first event would never come to its `finally`.
    return new AsyncIteratorClass(next, async () => end())
  }
}
