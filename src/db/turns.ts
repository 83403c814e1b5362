import { AsyncLocalStorage } from 'node:async_hooks'

const callers = new AsyncLocalStorage<object>()
/** Whatever runs for nobody in particular. */
const NOBODY = {}
/** All callers that have left, in one queue. */
const GONE = {}
const gone = new WeakSet<object>()

/**
 * Runs `work` on behalf of `caller`: a window, a browser tab, a job. Queries that it makes, now or later, wait in the
 * queue of this caller only. The caller is any object; it is compared by identity.
 */
export const asCaller = <Result>(caller: object, work: () => Result): Result => callers.run(caller, work)

/** The caller has left. What it has begun is finished, but all that have left share one turn: coming and going gains nothing. */
export const leave = (caller: object): void => void gone.add(caller)

/**
 * Items that wait, one queue per caller. Callers take turns; the items of one caller keep their order. A caller that
 * asks for a thousand things delays another one by one thing at a time.
 */
export class Turns<Item> {
  /** Those that wait only. The order of the keys is the order of the turns. */
  readonly #queues = new Map<object, Item[]>()

  /** Adds an item behind those of the caller that is running now. */
  add(item: Item): void {
    const caller = callers.getStore() ?? NOBODY
    const queue = this.#queues.get(caller)
    if (queue) queue.push(item)
    else this.#queues.set(caller, [item])
  }

  /** Removes and returns the next item; undefined if none waits. */
  take(): Item | undefined {
    for (const [caller, queue] of this.#queues) {
      if (gone.has(caller)) {
        // Visited behind the callers that are there.
        this.#queues.delete(caller)
        const others = this.#queues.get(GONE)
        if (others) others.push(...queue)
        else this.#queues.set(GONE, queue)
        continue
      }
      const item = queue.shift()
      this.#queues.delete(caller)
      if (queue.length > 0) this.#queues.set(caller, queue)
      return item
    }
    return undefined
  }

  clear(): void {
    this.#queues.clear()
  }
}
