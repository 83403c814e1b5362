import { AsyncLocalStorage } from 'node:async_hooks'

type Context = {
  caller: object
  /** Aborted once nobody wants the result of what runs. */
  signal?: AbortSignal
}
const contexts = new AsyncLocalStorage<Context>()
/** Whatever runs for nobody in particular. */
const NOBODY: Context = { caller: {} }
/** All callers that have left, in one queue. */
const GONE = {}
const gone = new WeakSet<object>()

/**
 * Runs `work` on behalf of `caller`: a window, a browser tab, a job. Queries that it makes, now or later, wait in the
 * queue of this caller only. The caller is any object; it is compared by identity.
 */
export const asCaller = <Result>(caller: object, work: () => Result): Result => contexts.run({ caller }, work)

/** Runs `work`, which changes nothing, until `signal` is aborted: its queries that still wait then are never run. */
export const whileWanted = <Result>(signal: AbortSignal | undefined, work: () => Result): Result =>
  contexts.run({ ...(contexts.getStore() ?? NOBODY), signal }, work)

/** The signal of the `whileWanted` that is running now. */
export const wanted = (): AbortSignal | undefined => contexts.getStore()?.signal

/** The caller has left. What it has begun is finished, but all that have left share one turn: coming and going gains nothing. */
export const leave = (caller: object): void => void gone.add(caller)

/**
 * Items that wait, one queue per caller. Callers take turns; the items of one caller keep their order. A caller that
 * asks for a thousand things delays another one by one thing at a time.
 */
export class Turns<Item> {
  /** Those that wait only. The order of the keys is the order of the turns. */
  readonly #queues = new Map<object, Set<Item>>()

  /** Adds an item behind those of the caller that is running now. */
  enqueue(item: Item): void {
    const { caller } = contexts.getStore() ?? NOBODY
    const queue = this.#queues.get(caller)
    if (queue) queue.add(item)
    else this.#queues.set(caller, new Set([item]))
  }

  /** Removes and returns the next item; undefined if none waits. */
  take(): Item | undefined {
    for (const [caller, queue] of this.#queues) {
      this.#queues.delete(caller)
      if (gone.has(caller)) {
        // Visited behind the callers that are there.
        this.#queues.set(GONE, new Set([...(this.#queues.get(GONE) ?? []), ...queue]))
        continue
      }
      const [item] = queue
      queue.delete(item!)
      if (queue.size > 0) this.#queues.set(caller, queue)
      return item
    }
    return undefined
  }

  /** Removes an item. Returns false if it does not wait. */
  remove(item: Item): boolean {
    for (const [caller, queue] of this.#queues) {
      if (!queue.delete(item)) continue
      if (queue.size === 0) this.#queues.delete(caller)
      return true
    }
    return false
  }

  clear(): void {
    this.#queues.clear()
  }
}
