import { parentPort, workerData } from 'node:worker_threads'
import type { Model } from '../../contract/models.ts'
import type { Computing } from './provider.ts'
import { ReadingError } from './reading-error.ts'
import { TextSession } from './text-session.ts'

// A thread that reads batches by a session of its own: entry of `reading-threads.ts`.

export type ReadingTask = { model: Model; padding: number; computing: Computing }
export type ReadingReply = { rows: Float32Array[] } | { message: string; remedy: string | null }

const { model, padding, computing } = workerData as ReadingTask
const session = TextSession.open(model, padding, computing)
// It is told with the first batch.
session.catch(() => {})

parentPort?.on('message', (texts: Int32Array[]) => void answer(texts))

async function answer(texts: Int32Array[]): Promise<void> {
  const reply = await session
    .then((opened) => opened.readBatch(texts))
    .then(
      (rows): ReadingReply => ({ rows }),
      (error: Error): ReadingReply => ({
        message: error.message,
        remedy: error instanceof ReadingError ? error.remedy : null,
      }),
    )
  parentPort?.postMessage(reply)
}
