import { z } from 'zod'
import type { ImportResult } from '../../contract/imports.ts'
import { BlindfoldError } from '../../core/errors.ts'
import type { Pending } from '../../db/queries/quarantine.ts'
import { openRecords } from '../../formats/container.ts'
import { formatById } from '../../formats/detect.ts'
import { MediaStore } from '../../formats/media-store.ts'
import type { RawRecord } from '../../formats/record.ts'
import { writeError } from '../../formats/trl-writer.ts'
import { BatchWriter } from '../intake/batch.ts'
import { WIDTH } from '../intake/import-file.ts'
import { inOrder } from '../intake/in-order.ts'
import { prepare } from '../intake/prepare.ts'
import { defineKind, type JobContext } from '../kind.ts'

/** `imagesDir`, absolute, stands in for the folder that each import was given. */
const input = z.object({ imagesDir: z.string().optional() })
type Retry = z.output<typeof input>

export const retryKind = defineKind({
  kind: 'retry',
  input,
  title: () => 'Try the quarantined rows again',
  // What got in has left the quarantine: going on is beginning anew with the rest.
  resumable: true,
  resources: ['project-data'],
  async run(context) {
    const { db } = context
    const groups = await db.quarantine.pending()
    const total = groups.reduce((sum, { rows }) => sum + rows.length, 0)
    const result: ImportResult = { records: total, imported: 0, skipped: 0, quarantined: 0, images: 0 }
    let done = 0
    try {
      for (const group of groups) {
        const outcome = await retryFile(context, group, done, total)
        result.imported += outcome.imported
        result.skipped += outcome.skipped
        result.images += outcome.images
        done += group.rows.length
      }
      // Rows that could not even be read again are still there, too.
      result.quarantined = total - result.imported - result.skipped
      await db.pairs.assignGroups()
    } finally {
      for (const topic of ['project', 'pairs', 'quarantine'] as const) context.publish(topic)
    }
    return result
  },
})

/** Tries the rows of one file; where the file cannot be read, they stay as they are and the log says so. */
async function retryFile(context: JobContext<Retry>, group: Pending, before: number, total: number): Promise<BatchWriter['total']> {
  const { db, log, project, signal, progress } = context
  const batch = new BatchWriter(db, group.importId)
  let source
  try {
    source = await openRecords(group.file)
  } catch (error) {
    if (!(error instanceof BlindfoldError)) throw error
    log(`${error.message} Its ${group.rows.length} rows stay in quarantine.`)
    return batch.total
  }
  try {
    const format = formatById(group.format)
    const store = new MediaStore(project.path, context.input.imagesDir ?? group.imagesDir)
    const work = (raw: RawRecord) => prepare(raw, format, store)
    let tried = 0
    for await (const { result } of inOrder(only(source.records(), group.rows, signal), WIDTH, work)) {
      signal.throwIfAborted()
      batch.add(result)
      progress({ phase: 'Trying again', done: before + ++tried, total, unit: 'records' })
      if (batch.due) await batch.write(null)
    }
    signal.throwIfAborted()
    await batch.write(null)
    if (tried < group.rows.length) log(`${group.file} has ${group.rows.length - tried} of the quarantined rows no more; they stay in quarantine.`)
  } catch (error) {
    throw writeError(error, project.path)
  } finally {
    await source.close()
  }
  return batch.total
}

/** The records in the given rows; reads no further than the last of them. */
async function* only(records: AsyncIterable<RawRecord>, rows: readonly number[], signal: AbortSignal): AsyncGenerator<RawRecord, void, undefined> {
  const wanted = new Set(rows)
  for await (const record of records) {
    signal.throwIfAborted()
    if (wanted.delete(record.row)) yield record
    if (wanted.size === 0) return
  }
}
