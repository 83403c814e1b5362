import type { Event } from '../contract/events.ts'

/** Hints that a slow listener has not taken yet; more than that, and the oldest go: it sees the gap in `seq` and refetches. */
const BUFFER = 256

/** Passes hints of changes on to every listener. Numbers grow by one over the life of the backend. */
export class EventHub {
  #seq = 0
  #listeners = new Set<(event: Event) => void>()

  publish = (topic: Event['topic'], id?: string): void => {
    const event: Event = { seq: ++this.#seq, topic, ...(id === undefined ? {} : { id }) }
    for (const listener of this.#listeners) listener(event)
  }

  get listeners(): number {
    return this.#listeners.size
  }

  /** The events from now on, until `signal` is aborted or the iterator is left. Listening begins with the call. */
  subscribe(signal?: AbortSignal): AsyncGenerator<Event, void, void> {
    const buffer: Event[] = []
    let wake = (): void => {}
    const listener = (event: Event): void => {
      buffer.push(event)
      if (buffer.length > BUFFER) buffer.shift()
      wake()
    }
    this.#listeners.add(listener)
    const stop = (): void => {
      this.#listeners.delete(listener)
      wake()
    }
    signal?.addEventListener('abort', stop, { once: true })
    if (signal?.aborted) stop()
    return this.#drain(buffer, (resolve) => (wake = resolve), stop, signal)
  }

  async *#drain(
    buffer: Event[],
    onWake: (resolve: () => void) => void,
    stop: () => void,
    signal?: AbortSignal,
  ): AsyncGenerator<Event, void, void> {
    try {
      while (!signal?.aborted) {
        const event = buffer.shift()
        if (event) yield event
        else await new Promise<void>(onWake)
      }
    } finally {
      stop()
      signal?.removeEventListener('abort', stop)
    }
  }
}
