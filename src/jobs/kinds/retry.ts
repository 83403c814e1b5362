import path from 'node:path'
import { z } from 'zod'
import type { ImportResult } from '../../contract/imports.ts'
import { BlindfoldError } from '../../core/errors.ts'
import type { BatchOutcome } from '../../db/pairs/batch.ts'
import type { Pending } from '../../db/quarantine/queries.ts'
import { openRecords, type RecordFile } from '../../formats/containers/container.ts'
import { MediaStore } from '../../formats/images/media-store.ts'
import type { RawRecord } from '../../formats/record.ts'
import { formatOf } from '../../formats/registry.ts'
import { writeError } from '../../formats/write-error.ts'
import { BatchWriter } from '../intake/batch.ts'
import { fingerprint, WIDTH } from '../intake/import-file.ts'
import { inOrder } from '../intake/in-order.ts'
import { prepare, type Prepared, type Reader } from '../intake/prepare.ts'
import { settlePairs } from '../intake/after-import.ts'
import { defineKind, type JobContext } from '../kind.ts'

/** `imagesDir`, absolute, stands in for the folder that each import was given. */
const input = z.object({ imagesDir: z.string().optional() })
type Retry = z.output<typeof input>

export const retryKind = defineKind({
  kind: 'retry',
  input,
  title: () => 'Retry quarantined records',
  // Imported records have left the quarantine, so a resumed job starts over with the rest.
  resumable: true,
  resources: ['project-data'],
  async run(context) {
    const { db } = context
    const groups = await db.quarantine.pending()
    const total = groups.reduce((sum, { rows }) => sum + rows.length, 0)
    const result: ImportResult = {
      records: total,
      pairs: 0,
      imported: 0,
      skipped: 0,
      quarantined: 0,
      tied: 0,
      incomplete: 0,
      images: 0,
      remarks: [],
    }
    let done = 0
    try {
      for (const group of groups) {
        const outcome = await retryFile(context, group, done, total)
        for (const count of Object.keys(outcome) as (keyof BatchOutcome)[]) result[count] += outcome[count]
        done += group.rows.length
      }
      result.pairs = result.imported + result.skipped + result.quarantined
      await settlePairs(context)
    } finally {
      for (const topic of ['project', 'pairs', 'quarantine'] as const) context.publish(topic)
    }
    return result
  },
})

/**
 * Tries the records of one file. Those that cannot even be read again, because the file is gone or has them no more, stay
 * as they are, and the log says so.
 */
async function retryFile(context: JobContext<Retry>, group: Pending, before: number, total: number): Promise<BatchOutcome> {
  const { db, log, project, signal, progress } = context
  const batch = new BatchWriter(db, group.importId)
  const left = new Map(group.rows.map(({ row, parts }) => [row, parts]))
  let source: RecordFile | null = null
  let refused = 0
  try {
    source = await openRecords(group.file, group.encoding)
    const { file, map, fetchHosts } = group
    if (group.fingerprint !== null && group.fingerprint !== (await fingerprint(file))) {
      log(`${file} has changed since it was imported. Its quarantined records are read by their row numbers, which may have changed.`)
    }
    const store = new MediaStore(project.path, {
      imagesDir: context.input.imagesDir ?? group.imagesDir,
      // Where nobody chose a folder, addresses alone lead to the data file's own.
      chosen: context.input.imagesDir !== undefined || group.imagesDir !== path.dirname(file),
      dataDir: path.dirname(file),
      fetchHosts,
      signal,
    })
    const reader: Reader = { format: await formatOf(file, group.format, map, group.convention), store, splitGiven: group.splitGiven }
    let tried = 0
    for await (const { item, result } of inOrder(only(source.records(), group.rows, signal), WIDTH, (raw) => prepare(raw, reader))) {
      signal.throwIfAborted()
      const parts = left.get(item.row) ?? null
      // Some pairs of the record are in: where it is refused as a whole now, the others stay as they were.
      if (parts !== null && 'rejection' in result) refused += parts.length
      else batch.addPrepared(partly(result, parts))
      left.delete(item.row)
      progress({ phase: 'Retrying records', done: before + ++tried, total, unit: 'records' })
      if (batch.due) await batch.write(null)
    }
    signal.throwIfAborted()
    await batch.end(null)
    if (left.size > 0) log(`${group.file} no longer contains ${left.size} of the quarantined records; they stay in quarantine.`)
  } catch (error) {
    if (source !== null || !(error instanceof BlindfoldError)) throw writeError(error, project.path)
    log(`${error.message} Its ${group.rows.length} records stay in quarantine.`)
  } finally {
    await source?.close()
  }
  const untried = [...left.values()].reduce((sum, parts) => sum + (parts?.length ?? 1), 0)
  return { ...batch.total, quarantined: batch.total.quarantined + refused + untried }
}

/** The pairs of a record that were refused; the others are in already. */
function partly(prepared: Prepared, parts: readonly number[] | null): Prepared {
  if (parts === null || 'rejection' in prepared) return prepared
  return { ...prepared, pairs: prepared.pairs.filter(({ part }) => parts.includes(part)) }
}

/** The records in the given rows; reads no further than the last of them. */
async function* only(
  records: AsyncIterable<RawRecord>,
  rows: Pending['rows'],
  signal: AbortSignal,
): AsyncGenerator<RawRecord, void, undefined> {
  const wanted = new Set(rows.map(({ row }) => row))
  for await (const record of records) {
    signal.throwIfAborted()
    if (wanted.delete(record.row)) yield record
    if (wanted.size === 0) return
  }
}
