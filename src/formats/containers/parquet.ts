import { Worker } from 'node:worker_threads'
import { siblingEntry } from '../../core/entry.ts'
import { BlindfoldError } from '../../core/errors.ts'
import type { JsonObject } from '../value.ts'
import { readError } from '../read-error.ts'
import type { RawRecord } from '../record.ts'

/** A row group is read in as many slices as keep each below this, as far as its pages allow. */
const SLICE_BYTES = 2 ** 27
const MAX_SLICES = 64
/** What a row group may claim to hold. Writers make groups of at most some hundred megabytes. */
const MAX_GROUP = { bytes: 2 ** 32, rows: 20_000_000 }
/** Memory of the thread beside the bytes of columns, in MiB. */
const HEAP_MB = 1024
/** Time for an answer: far more than it takes on a slow disk. In ms, and bytes a ms. */
const PATIENCE = { least: 10_000, bytes: 1000 }

/** `rows` null asks what is in the file, else for rows from one number to below another, from 0. */
export type ParquetRequest = { file: string; rows: [number, number] | null }
/** `lost` as in `ParsedRecord`. */
export type ParquetRow = { value: JsonObject; lost: string[] } | { problem: string }
/** `system` is the system's code where it refuses to read the file, which says nothing of what is in it. */
export type ParquetAnswer = { groups: ParquetFile['groups'] } | { rows: ParquetRow[] } | { error: string; system?: string }

/** What the footer of a file says: its row groups, `bytes` of each when unpacked. */
export type ParquetFile = { file: string; bytes: number; groups: { rows: number; bytes: number }[] }

/** One thread decodes for all, one answer at a time; it is restarted if it had to be ended. */
let thread: Worker | null = null
let before: Promise<unknown> = Promise.resolve()

function ask(request: ParquetRequest, bytes: number): Promise<ParquetAnswer> {
  const answer = before.then(() => asked(request, PATIENCE.least + bytes / PATIENCE.bytes))
  before = answer
  return answer
}

function asked(request: ParquetRequest, patience: number): Promise<ParquetAnswer> {
  const worker = (thread ??= begun())
  worker.ref()
  return new Promise((resolve) => {
    const settle = (answer: ParquetAnswer): void => {
      clearTimeout(timer)
      worker.off('message', settle).off('error', failed).off('exit', ended).unref()
      resolve(answer)
    }
    const failed = (error: Error): void => lose(`decoding it fails: ${error.message}`)
    const ended = (): void => lose('decoding it ended')
    const lose = (error: string): void => {
      if (thread === worker) thread = null
      settle({ error })
      void worker.terminate()
    }
    const timer = setTimeout(() => lose('decoding it takes too long'), patience)
    worker.on('message', settle).on('error', failed).on('exit', ended)
    worker.postMessage(request)
  })
}

function begun(): Worker {
  const worker = new Worker(new URL(siblingEntry(import.meta.url, 'parquet-thread')), {
    name: 'parquet',
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
  })
  // Nobody waits for one that ends between two requests.
  return worker
    .on('error', () => {})
    .on('exit', () => {
      if (thread === worker) thread = null
    })
}

/**
 * Reads the footer.
 *
 * @param bytes size of the file
 * @throws Error where the footer is damaged
 */
export async function openParquet(file: string, bytes: number): Promise<ParquetFile> {
  const answer = await ask({ file, rows: null }, bytes)
  if ('groups' in answer) return { file, bytes, groups: answer.groups }
  refused(answer, file)
  throw new Error('error' in answer ? answer.error : 'it has no row groups')
}

/** @throws BlindfoldError FILE_UNREADABLE where the system does not let the file be read */
function refused(answer: ParquetAnswer, file: string): void {
  if ('system' in answer && answer.system !== undefined) throw readError({ code: answer.system }, file)
}

/**
 * The rows of a Parquet file, numbered from 1, row group by row group. Byte arrays stay bytes unless the file says that
 * they are text, or they are and look like it. A row group that cannot be read is one bad record, and the next one goes on.
 */
export async function* parquetRecords({ file, bytes, groups }: ParquetFile): AsyncGenerator<RawRecord, void, undefined> {
  const total = Math.max(
    1,
    groups.reduce((sum, group) => sum + Math.max(0, group.rows), 0),
  )
  const at = (row: number): number => Math.round((Math.min(row, total) / total) * bytes)
  const none = Buffer.alloc(0)
  let groupStart = 0
  for (const [index, { rows, bytes: size }] of groups.entries()) {
    let given = 0
    try {
      if (!(rows >= 0 && rows <= MAX_GROUP.rows && size >= 0 && size <= MAX_GROUP.bytes))
        throw new RangeError(`it claims to hold ${rows} rows in ${size} bytes`)
      const step = Math.max(1, Math.ceil(rows / Math.min(MAX_SLICES, Math.max(1, Math.ceil(size / SLICE_BYTES)))))
      for (let from = 0; from < rows; from += step) {
        const answer = await ask(
          { file, rows: [groupStart + from, groupStart + Math.min(rows, from + step)] },
          Math.min(bytes, SLICE_BYTES),
        )
        if (!('rows' in answer)) refused(answer, file)
        if (!('rows' in answer)) throw new Error('error' in answer ? answer.error : 'it has no rows')
        for (const found of answer.rows) {
          given++
          const place = { row: groupStart + given, end: at(groupStart + given), bytes: none }
          yield 'value' in found ? { ...place, ...found, problem: null } : { ...place, problem: found.problem, code: 'malformed-record' }
        }
      }
    } catch (error) {
      if (error instanceof BlindfoldError) throw error
      const range = `rows ${groupStart + given + 1} to ${groupStart + rows}`
      const problem = `Row group ${index + 1} of the file cannot be read; ${range} are lost: ${(error as Error).message}`
      yield { row: groupStart + given + 1, end: at(groupStart + Math.max(0, rows)), bytes: none, problem, code: 'malformed-record' }
    }
    groupStart += Math.max(0, rows)
  }
}
