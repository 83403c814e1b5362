import { availableParallelism } from 'node:os'
import type { FormatId, ImportResult } from '../../contract/imports.ts'
import { openRecords } from '../../formats/container.ts'
import { formatById } from '../../formats/detect.ts'
import { MediaStore } from '../../formats/media-store.ts'
import type { RawRecord } from '../../formats/record.ts'
import { writeError } from '../../formats/trl-writer.ts'
import type { JobContext } from '../kind.ts'
import { BatchWriter } from './batch.ts'
import { inOrder } from './in-order.ts'
import { prepare } from './prepare.ts'

/** Records worked on at once. Decoding runs in threads of its own; a few more than cores keeps them busy. */
export const WIDTH = Math.min(16, Math.max(4, 2 * availableParallelism()))

/** One file into one source and split; paths absolute, the format known. */
export type FileImport = { file: string; source: string; split: string; format: FormatId; imagesDir: string }

export type IntakeContext = Pick<JobContext<unknown>, 'jobId' | 'db' | 'project' | 'signal' | 'progress' | 'log'>

/**
 * Imports a file, or goes on where this job left it. Every record becomes a pair, is skipped because its source has it
 * already, or is quarantined; a batch of them and the count of records they came from are one transaction.
 * Groups are not assigned: see `assignGroups`.
 *
 * @throws the signal's reason when aborted; BlindfoldError where the file cannot be read or the project not written
 */
export async function importFile(context: IntakeContext, input: FileImport, phase: string): Promise<ImportResult> {
  const { db, jobId, signal, progress, log, project } = context
  const state = await db.imports.begin({ jobId, ...input })
  if (state.finished) return db.imports.finish(state.id)
  if (state.records > 0) log(`${input.file}: going on behind record ${state.records}.`)
  const format = formatById(input.format)
  const store = new MediaStore(project.path, input.imagesDir)
  const batch = new BatchWriter(db, state.id)
  const source = await openRecords(input.file)
  try {
    await store.clean()
    let records = state.records
    const told = (done: number) => progress({ phase, done, total: source.bytes, unit: 'bytes' })
    told(0)
    const work = (raw: RawRecord) => prepare(raw, format, store)
    for await (const { item, result } of inOrder(behind(source.records(), records, signal), WIDTH, work)) {
      signal.throwIfAborted()
      batch.add(result)
      records++
      told(item.end)
      if (batch.due) await batch.write(records)
    }
    signal.throwIfAborted()
    await batch.write(records)
    told(source.bytes)
    await store.clean()
  } catch (error) {
    throw writeError(error, project.path)
  } finally {
    await source.close()
  }
  const result = await db.imports.finish(state.id)
  log(`${input.file}: ${result.records} records, ${result.imported} imported, ${result.skipped} there already, ${result.quarantined} quarantined.`)
  return result
}

/** The records behind the first `count`, which are cut but not parsed. */
async function* behind(records: AsyncIterable<RawRecord>, count: number, signal: AbortSignal): AsyncGenerator<RawRecord, void, undefined> {
  let seen = 0
  for await (const record of records) {
    signal.throwIfAborted()
    if (++seen > count) yield record
  }
}
