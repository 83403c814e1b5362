import type { Database } from 'better-sqlite3'
import { Worker } from 'node:worker_threads'
import { siblingEntry } from '../../core/entry.ts'
import { BlindfoldError } from '../../core/errors.ts'
import { queries, type Queries } from '../queries.ts'
import { Turns, wanted } from './turns.ts'
import { unpackError, type Call, type Opening, type Reply } from './wire.ts'

type Remote<Fn> = Fn extends (db: Database, ...args: infer Args) => infer Result ? (...args: Args) => Promise<Result> : never

/** Every query of `queries`, run in the database thread. Closing releases the project's lock. */
export type DbClient = {
  [Namespace in keyof Queries]: { [Name in keyof Queries[Namespace]]: Remote<Queries[Namespace][Name]> }
} & { close(): Promise<void> }

type Query = Extract<Call, { id: number }>
type Waiting = { resolve(value: unknown): void; reject(error: unknown): void; signal?: AbortSignal; abandon(): void }

/** Queries that the thread has at a time: one that runs and one that is next, so that it never waits for this thread. */
const HANDED_OVER = 2

/** Room for what does not live long in the thread's heap. Without a limit the batches of a large import took some 90 MB more, and no less time. */
const YOUNG_MB = 32

/**
 * Opens the project in `folder` (or makes it, with `create`) in a thread of its own. With `readOnly` it takes no lock, and
 * every query that writes fails; with `foreign`, which is for one that was made elsewhere, all of its pages are looked through. Rejects with what `openProject`, `createProject` or `openReadOnly` throws. Errors of queries arrive as they were thrown; when the thread dies, every call that
 * waits is rejected with INTERNAL.
 *
 * Queries of one caller (see `asCaller`) run in the order they were asked for; callers take turns. A query that nobody
 * wants any more (see `whileWanted`) is rejected with the reason if it has not begun. Arguments must not be changed before the
 * query has ended.
 */
export function connect(folder: string, options: { create?: boolean; readOnly?: boolean; foreign?: boolean } = {}): Promise<DbClient> {
  const worker = new Worker(new URL(siblingEntry(import.meta.url, 'db-worker')), {
    workerData: {
      folder,
      create: options.create ?? false,
      readOnly: options.readOnly ?? false,
      foreign: options.foreign ?? false,
    } satisfies Opening,
    name: 'database',
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
  })
  const waiting = new Map<number, Waiting>()
  const turns = new Turns<Query>()
  let handedOver = 0
  let calls = 0
  let ended: Error | null = null
  let closing: Promise<void> | null = null
  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()))

  function end(error: Error): void {
    ended ??= error
    turns.clear()
    for (const { reject } of waiting.values()) reject(ended)
    waiting.clear()
  }

  function call(namespace: string, name: string, args: unknown[]): Promise<unknown> {
    if (ended) return Promise.reject(ended)
    const signal = wanted()
    if (signal?.aborted) return Promise.reject(signal.reason as Error)
    return new Promise((resolve, reject) => {
      const query: Query = { id: ++calls, namespace, name, args }
      const abandon = (): void => {
        if (turns.remove(query)) settle(query.id)?.reject(signal?.reason)
      }
      waiting.set(query.id, { resolve, reject, signal, abandon })
      signal?.addEventListener('abort', abandon)
      turns.enqueue(query)
      handOver()
    })
  }

  function handOver(): void {
    for (let next; handedOver < HANDED_OVER && (next = turns.take());) {
      try {
        worker.postMessage(next satisfies Call)
        handedOver++
      } catch (error) {
        // An argument that cannot be copied.
        settle(next.id)?.reject(error)
      }
    }
    if (closing && handedOver === 0) worker.postMessage({ close: true } satisfies Call)
  }

  function settle(id: number): Waiting | undefined {
    const caller = waiting.get(id)
    waiting.delete(id)
    caller?.signal?.removeEventListener('abort', caller.abandon)
    return caller
  }

  /** Lets the queries that were asked before finish first. */
  function close(): Promise<void> {
    if (!closing) {
      closing = exited
      const alive = !ended
      ended ??= new BlindfoldError('PROJECT_NOT_OPEN', 'The project has been closed.', { remedy: 'Open it again.' })
      if (alive) handOver()
    }
    return closing
  }

  return new Promise((resolve, reject) => {
    worker.on('message', (reply: Reply) => {
      if ('ready' in reply) return resolve(Object.assign(remote(call), { close }) as unknown as DbClient)
      if ('refused' in reply) return void exited.then(() => reject(unpackError(reply.refused)))
      handedOver--
      const caller = settle(reply.id)
      handOver()
      if ('error' in reply) caller?.reject(unpackError(reply.error))
      else caller?.resolve(reply.result)
    })
    worker.on('error', (cause) => {
      end(threadDied(cause))
      reject(ended)
    })
    worker.on('exit', () => end(threadDied()))
  })
}

function remote(call: (namespace: string, name: string, args: unknown[]) => Promise<unknown>) {
  return Object.fromEntries(
    Object.entries(queries).map(([namespace, functions]) => [
      namespace,
      Object.fromEntries(Object.keys(functions).map((name) => [name, (...args: unknown[]) => call(namespace, name, args)])),
    ]),
  )
}

function threadDied(cause?: unknown): BlindfoldError {
  return new BlindfoldError(
    'INTERNAL',
    'The database thread stopped.',
    {
      remedy: 'Open the project again. Everything that was saved is there.',
    },
    { cause },
  )
}
