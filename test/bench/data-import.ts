import { createProject } from '../../src/db/project/open.ts'
import { connect } from '../../src/db/worker/client.ts'
import { identified } from '../../src/db/pairs/hash.ts'
import { openRecords } from '../../src/formats/containers/container.ts'
import { mmRm } from '../../src/formats/readers/mm-rm.ts'
import { parseRecord } from '../../src/formats/record.ts'
import { importKind } from '../../src/jobs/kinds/import.ts'
import { kinds } from '../../src/jobs/kinds/index.ts'
import { JobRunner } from '../../src/jobs/runner.ts'
import type { DataPart } from './dataset.ts'

export type RawRates = { rows: number; rate: number; rateWithWords: number }

const INSERT = `INSERT INTO pairs (uid, source_id, external_id, split, prompt, chosen, rejected, text_hash, metadata, import_id, row, created_at)
  VALUES (?, 1, ?, '', ?, ?, ?, ?, ?, 1, ?, '2026-01-01T00:00:00.000Z')`

/**
 * Rows a second that better-sqlite3 alone writes into `pairs` and its indexes, in batches of 10,000, and how many with a
 * full-text index beside. Reading and hashing are not counted.
 */
export async function rawRates(folder: string, { file, pairs }: DataPart): Promise<RawRates> {
  const rates: number[] = []
  for (const words of [false, true]) {
    const { db, close } = createProject(`${folder}/raw-${words}.blindfold`)
    db.exec(`INSERT INTO sources (name, created_at) VALUES ('raw', '');
      INSERT INTO imports (source_id, split, file, format, images_dir, created_at) VALUES (1, '', 'f', 'mm-rm', '', '')`)
    const insert = db.prepare(INSERT)
    const index = db.prepare('INSERT INTO pairs_fts (rowid, prompt, chosen, rejected) VALUES (?, ?, ?, ?)')
    let took = 0
    let rows: (string | number | null)[][] = []
    const flush = db.transaction(() => {
      for (const row of rows) {
        const { lastInsertRowid } = insert.run(...row)
        if (words) index.run(lastInsertRowid, row[2], row[3], row[4])
      }
    })
    const write = () => {
      const began = performance.now()
      flush()
      took += performance.now() - began
      rows = []
    }
    const source = await openRecords(file)
    for await (const raw of source.records()) {
      const parsed = parseRecord(raw)
      const reading = 'record' in parsed ? mmRm.read(parsed.record) : { faults: [] }
      if (!('pairs' in reading)) throw new Error(`row ${raw.row} of ${file} is no pair`)
      for (const pair of reading.pairs) {
        const { uid, externalId, prompt, chosen, rejected, textHash, metadata } = identified({ ...pair, row: raw.row, part: 0, images: [] })
        rows.push([uid, externalId, prompt, chosen, rejected, textHash, metadata, raw.row])
      }
      if (rows.length >= 10_000) write()
    }
    write()
    await source.close()
    close()
    rates.push(pairs / (took / 1000))
  }
  return { rows: pairs, rate: rates[0] ?? 0, rateWithWords: rates[1] ?? 0 }
}

export type ImportFigures = {
  /** Seconds of each phase of the import of a file. */
  phases: Record<string, Record<string, number>>
  /** Of the whole process, MiB. */
  peak: number
  /** How long another query waited meanwhile, ms. */
  waited: { p50: number; p95: number; max: number }
  /** From the wish to the end, ms; null where the import was over before. */
  cancelled: number | null
}

/** Imports the files as the product does, in this process: run it in one of its own. */
export async function importAll(project: string, folder: string, parts: readonly DataPart[]): Promise<ImportFigures> {
  const db = await connect(project, { create: true })
  const jobs = new JobRunner({
    db,
    project: { path: project },
    places: { userDir: project, trainerSource: project },
    kinds,
    publish: () => {},
  })
  await jobs.recover()
  let peak = 0
  const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss() / 2 ** 20)), 20)
  const waits: number[] = []
  let running = true
  const asking = (async () => {
    for (; running; await new Promise((resolve) => setTimeout(resolve, 20))) {
      const asked = performance.now()
      await db.projects.meta('created_at')
      waits.push(performance.now() - asked)
    }
  })()
  const input = ({ file, bytes }: DataPart, source: string) => ({
    ...{ file, source, split: '', format: 'mm-rm' as const, imagesDir: folder },
    files: [{ file, split: '', bytes, container: 'json-lines' as const }],
  })
  const phases: ImportFigures['phases'] = {}
  for (const part of parts) {
    const spent: Record<string, number> = {}
    const { id } = await jobs.start(importKind, input(part, part.source))
    for (let last = performance.now(); ;) {
      await new Promise((resolve) => setTimeout(resolve, 5))
      const { state } = await jobs.get(id)
      const now = performance.now()
      const phase = ('progress' in state && state.progress?.phase) || 'Beginning'
      spent[phase] = (spent[phase] ?? 0) + (now - last) / 1000
      last = now
      if (state.status === 'succeeded') break
      if (!['queued', 'running'].includes(state.status)) throw new Error(JSON.stringify(state))
    }
    phases[part.source] = spent
  }
  running = false
  await asking
  clearInterval(watch)

  const [texts] = parts
  if (!texts) throw new Error('there is nothing to import')
  const { id } = await jobs.start(importKind, input(texts, 'cancelled'))
  await new Promise((resolve) => setTimeout(resolve, 400))
  let cancelled: number | null = null
  if ((await jobs.get(id)).state.status === 'running') {
    const asked = performance.now()
    await jobs.cancel(id)
    await jobs.finished(id)
    cancelled = performance.now() - asked
  }
  await jobs.close()
  await db.close()
  waits.sort((a, b) => a - b)
  const at = (share: number) => waits[Math.floor(share * (waits.length - 1))] ?? 0
  return { phases, peak, waited: { p50: at(0.5), p95: at(0.95), max: at(1) }, cancelled }
}
