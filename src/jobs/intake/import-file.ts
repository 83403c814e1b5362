import { stat } from 'node:fs/promises'
import path from 'node:path'
import type { ColumnMap, Convention, FormatId, ImportResult } from '../../contract/imports.ts'
import type { DbClient } from '../../db/worker/client.ts'
import { openRecords } from '../../formats/containers/container.ts'
import { MediaStore } from '../../formats/images/media-store.ts'
import type { RawRecord } from '../../formats/record.ts'
import { formatOf } from '../../formats/registry.ts'
import { writeError } from '../../formats/write-error.ts'
import type { JobContext } from '../kind.ts'
import { BatchWriter } from './batch.ts'
import { inOrder } from './in-order.ts'
import { prepare, type Reader } from './prepare.ts'

/** Records worked on at once: neighbours often show the same image, and each image waits for the disk more than once. */
export const WIDTH = 48

/** Records between two looks at the clock: progress is told some times a second, not for every record. */
const TOLD_EVERY = 64

/** One file into one source and split; paths absolute, the format known. */
export type FileImport = {
  file: string
  source: string
  /** Empty: what the file or the record itself says, or none. */
  split: string
  /** What the name of the file says. */
  fileSplit: string
  format: FormatId
  map: ColumnMap | null
  /** Null: each record is read by itself. */
  convention: Convention | null
  imagesDir: string
  /** As `ImagePlaces.chosen`. */
  imagesChosen?: boolean
  fetchHosts: readonly string[]
  /** By the name that TextDecoder gives it; null where the content tells. */
  encoding: string | null
}

/** What all imports of a job come to. Images are counted a part at a time, so that other queries get their turn. */
export async function importResult(db: DbClient, jobId: string): Promise<ImportResult> {
  let images = 0
  const digits = '0123456789abcdef'
  for (const [i, digit] of [...digits].entries()) images += await db.imports.images(jobId, digit, digits[i + 1] ?? 'g')
  return { ...(await db.imports.counts(jobId)), images, remarks: await db.imports.remarks(jobId) }
}

export type IntakeContext = Pick<JobContext<unknown>, 'jobId' | 'db' | 'project' | 'signal' | 'progress' | 'log'>

/**
 * Imports a file, or goes on where this job left it. Every pair of its records is imported, skipped because its source and
 * split have it already, or quarantined; a batch of them and the count of records they came from are one transaction.
 * What follows when all files are in: see `settlePairs`.
 *
 * @param told bytes of the file that were read
 * @throws the signal's reason when aborted; BlindfoldError where the file cannot be read, has changed since the job began
 * it, or the project cannot be written
 */
export async function importFile(context: IntakeContext, input: FileImport, told: (bytes: number) => void): Promise<void> {
  const { db, jobId, signal, log, project } = context
  const { file, map, imagesDir, imagesChosen = false, fetchHosts } = input
  const source = await openRecords(file, input.encoding)
  try {
    const start = {
      jobId,
      ...input,
      split: input.split || input.fileSplit,
      splitGiven: input.split !== '',
      fingerprint: await fingerprint(file),
    }
    const state = await db.imports.begin(start)
    if (state.finished) return
    if (state.records > 0) log(`${file}: continuing after record ${state.records}.`)
    const store = new MediaStore(project.path, { imagesDir, chosen: imagesChosen, dataDir: path.dirname(file), fetchHosts, signal })
    const reader: Reader = { format: await formatOf(file, input.format, map, input.convention), store, splitGiven: start.splitGiven }
    const batch = new BatchWriter(db, state.id)
    await store.clean()
    let records = state.records
    for await (const { item, result } of inOrder(behind(source.records(), records, signal), WIDTH, (raw) => prepare(raw, reader))) {
      signal.throwIfAborted()
      batch.addPrepared(result)
      if (++records % TOLD_EVERY === 0) told(item.end)
      if (batch.due) await batch.write(records)
    }
    signal.throwIfAborted()
    await batch.end(records)
    told(source.bytes)
    await store.clean()
    const { imported, skipped, quarantined } = await db.imports.finish(state.id)
    log(`${file}: ${records} records, ${imported} pairs imported, ${skipped} skipped, ${quarantined} quarantined.`)
  } catch (error) {
    throw writeError(error, project.path)
  } finally {
    await source.close()
  }
}

/** Another value for a file that is not the one it was. */
export async function fingerprint(file: string): Promise<string> {
  const { size, mtimeMs } = await stat(file)
  return `${size} bytes, ${mtimeMs}`
}

/** The records behind the first `count`, which are cut but not parsed. */
async function* behind(records: AsyncIterable<RawRecord>, count: number, signal: AbortSignal): AsyncGenerator<RawRecord, void, undefined> {
  let seen = 0
  for await (const record of records) {
    signal.throwIfAborted()
    if (++seen > count) yield record
  }
}
