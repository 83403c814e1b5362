import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { Model } from '../../contract/models.ts'
import { siblingEntry } from '../../core/entry.ts'
import type { Computing } from './provider.ts'
import { ReadingError } from './reading-error.ts'
import type { ReadingReply, ReadingTask } from './reading-thread.ts'
import type { TextIds } from './text-session.ts'

/** What the copies of a model may take, one a thread. */
const COPIES_BYTES = 2 * 2 ** 30

/**
 * How many batches of a model are read side by side: one a thread, rather than the threads of one session sharing each
 * batch, as long as so many copies of the model are small. Threads that share one wait for each other at every operator,
 * which costs a third of the time where something else runs, too. Another device than the processor is not shared.
 */
export function lanesFor({ bytes }: Model, { executionProvider, threads }: Computing): number {
  if (executionProvider !== 'cpu') return 1
  return Math.max(1, Math.min(threads ?? availableParallelism(), Math.floor(COPIES_BYTES / Math.max(1, bytes))))
}

type Waiting = { resolve: (rows: Float32Array[]) => void; reject: (error: Error) => void }

/** Threads that each have a session of their own, and read a batch each. */
export class ReadingThreads {
  readonly #all: Worker[]
  readonly #free: Worker[]
  readonly #waiting: ((thread: Worker) => void)[] = []
  readonly #asked = new Map<Worker, Waiting>()
  #ended: Error | null = null

  constructor(model: Model, padding: number, { executionProvider, threads }: Computing, count: number) {
    const each = Math.max(1, Math.floor((threads ?? availableParallelism()) / count))
    const workerData: ReadingTask = { model, padding, computing: { executionProvider, threads: each } }
    this.#all = Array.from({ length: count }, () => this.#start(workerData))
    this.#free = [...this.#all]
  }

  get count(): number {
    return this.#all.length
  }

  /** False once a thread has ended by itself: others have to be made. */
  get usable(): boolean {
    return this.#ended === null
  }

  /** The texts as one batch, as `TextSession` reads it. @throws ReadingError */
  async readBatch(texts: readonly TextIds[]): Promise<Float32Array[]> {
    const thread = this.#free.pop() ?? (await new Promise<Worker>((resolve) => this.#waiting.push(resolve)))
    try {
      return await new Promise((resolve, reject) => {
        if (this.#ended) return reject(this.#ended)
        this.#asked.set(thread, { resolve, reject })
        thread.postMessage(texts.map((ids) => Int32Array.from(ids)))
      })
    } finally {
      const next = this.#waiting.shift()
      if (next) next(thread)
      else this.#free.push(thread)
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#all.map((thread) => thread.terminate()))
  }

  #start(workerData: ReadingTask): Worker {
    const thread = new Worker(new URL(siblingEntry(import.meta.url, 'reading-thread')), { workerData, name: 'reading' })
    const settle = (done: (waiting: Waiting) => void): void => {
      const waiting = this.#asked.get(thread)
      this.#asked.delete(thread)
      if (waiting) done(waiting)
    }
    thread.on('message', (reply: ReadingReply) =>
      settle(({ resolve, reject }) => {
        if ('rows' in reply) resolve(reply.rows)
        else reject(reply.remedy === null ? new Error(reply.message) : new ReadingError(reply.message, reply.remedy))
      }),
    )
    const end = (error: Error): void => {
      this.#ended ??= error
      settle(({ reject }) => reject(error))
    }
    thread.on('error', end)
    thread.on('exit', (code) => end(new Error(`a reading thread ended (exit code ${code})`)))
    return thread
  }
}
