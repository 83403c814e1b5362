import { Worker } from 'node:worker_threads'
import type { ProxyKind } from '../../contract/proxies.ts'
import { siblingEntry } from '../../core/entry.ts'
import type { EncodedPairs } from '../../proxies/proxy.ts'
import type { FitReply } from './fit-thread.ts'
import type { Fitted, Fitter, FitTask } from './fit.ts'

/** A fit in less than this is over before a thread has started. */
const WORTH_A_THREAD = 2000

/** A fitter with as many threads as are allowed and of use; null where one thread is done sooner. */
export function fitterFor(kind: ProxyKind, encoded: EncodedPairs, fits: number, allowed: number): Fitter | null {
  const threads = Math.min(fits, allowed)
  return threads < 2 || encoded.pairs < WORTH_A_THREAD ? null : threadedFitter(kind, encoded, threads)
}

/** Fits in threads that share the encoding. Each fit is the same computation as in one thread, so the models are, too. */
export function threadedFitter(kind: ProxyKind, encoded: EncodedPairs, threads: number): Fitter {
  const all = Array.from(
    { length: threads },
    () => new Worker(new URL(siblingEntry(import.meta.url, 'fit-thread')), { workerData: { kind, encoded }, name: 'fit' }),
  )
  const free = [...all]
  const waiting: ((thread: Worker) => void)[] = []
  const release = (thread: Worker): void => {
    const next = waiting.shift()
    if (next) next(thread)
    else free.push(thread)
  }
  return {
    async fit(task: FitTask, progress) {
      const thread = free.pop() ?? (await new Promise<Worker>((resolve) => waiting.push(resolve)))
      const fitted = await new Promise<Fitted>((resolve, reject) => {
        const onMessage = (reply: FitReply): void => {
          if (reply.type === 'progress') return progress(reply.share)
          thread.off('error', reject)
          thread.off('message', onMessage)
          resolve(reply.fitted)
        }
        thread.on('message', onMessage)
        thread.once('error', reject)
        thread.postMessage(task)
      })
      release(thread)
      return fitted
    },
    async close() {
      await Promise.all(all.map((thread) => thread.terminate()))
    },
  }
}
