import type { ImportInput, ImportSurvey, QuarantineCode } from '../../contract/imports.ts'
import { remarkCode } from '../../contract/imports.ts'
import type { DbClient } from '../../db/worker/client.ts'
import { openRecords } from '../../formats/containers/container.ts'
import { parseRecord } from '../../formats/record.ts'
import { formatOf } from '../../formats/registry.ts'
import { RemarkCounts, remarksOf } from '../../formats/remarks.ts'
import { imagesFolder } from './images-folder.ts'
import { planImport, requireFormat } from './import-plan.ts'
import { OtherLabels } from './other-labels.ts'

/** Ids that are remembered to find those that repeat; a file with more is told without them. */
const MAX_IDS = 1_000_000
/** Records between two reports of progress. */
const TOLD_EVERY = 64

/**
 * Reads all records as an import would, and stores nothing: how many pairs they state, how many are refused and why, and what
 * becomes of every field that no pair uses. One pass, with bounded memory. Images are looked at only where records bring judgements,
 * which are compared with the pairs that are there: see `OtherLabels`.
 *
 * @param db of the open project; null where there is none
 * @param told how many bytes of the files were read, of how many
 * @throws what planning the import throws; the signal's reason when aborted
 */
export async function surveyImport(
  input: Omit<ImportInput, 'source'>,
  db: DbClient | null,
  signal?: AbortSignal,
  told?: (done: number, total: number) => void,
): Promise<ImportSurvey> {
  const plan = requireFormat(await planImport(input))
  const { files, format: id, map, convention } = plan
  const counts = new RemarkCounts()
  const refused = new Map<QuarantineCode, number>()
  const ids = new Ids()
  const imageFields = new Map<string, number>()
  const survey = { records: 0, pairs: 0, tied: 0, images: 0, quarantined: 0 }
  let others: OtherLabels | null = null
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0)
  let before = 0
  for (const { file, split, bytes, encoding } of files) {
    const format = await formatOf(file, id, map, convention)
    if (format.judges) {
      const target = {
        split: input.split ?? '',
        imagesDir: await imagesFolder(input.imagesDir, plan),
        chosen: input.imagesDir !== undefined,
        fetchHosts: input.fetchHosts ?? [],
      }
      others ??= new OtherLabels(db, target, (row) => counts.addRemarks([{ code: 'other-label', field: 'label' }], row))
      others.begin(file, signal ?? new AbortController().signal)
    }
    const source = await openRecords(file, encoding)
    try {
      for await (const raw of source.records()) {
        signal?.throwIfAborted()
        survey.records += 1
        if (survey.records % TOLD_EVERY === 0) told?.(Math.min(before + raw.end, total), total)
        const parsed = parseRecord(raw)
        const reading = 'fault' in parsed ? { faults: [parsed.fault] } : format.read(parsed.record)
        if ('faults' in reading) {
          const code = reading.faults[0]?.code ?? 'malformed-record'
          refused.set(code, (refused.get(code) ?? 0) + 1)
          survey.quarantined += 1
          continue
        }
        survey.pairs += reading.pairs.length
        if ('record' in parsed)
          counts.addRemarks(remarksOf(parsed.record, reading.pairs, parsed.lost, format.label?.(parsed.record)?.used), raw.row)
        for (const [part, pair] of reading.pairs.entries()) {
          if (others) await others.compareWith(pair, raw.row, part)
          if (pair.tied) survey.tied += 1
          if (pair.images.length > 0) survey.images += 1
          if (pair.externalId !== null) {
            // The first pair of an id counts with the second.
            for (let n = ids.repeats(`${pair.source ?? ''}\0${pair.split ?? split}\0${pair.externalId}`); n > 0; n--)
              counts.addRemarks([{ code: 'repeated-id', field: 'id' }], raw.row)
          }
        }
        const [pair] = reading.pairs
        for (const field of new Set(pair?.images.map((image) => image.field))) imageFields.set(field, (imageFields.get(field) ?? 0) + 1)
      }
      await others?.end()
      before += bytes
    } finally {
      await source.close()
    }
  }
  const rank = ({ code }: { code: (typeof remarkCode.options)[number] }): number => remarkCode.options.indexOf(code)
  return {
    format: id,
    ...survey,
    refused: [...refused].map(([code, records]) => ({ code, records })).sort((a, b) => b.records - a.records),
    imageFields: [...imageFields]
      .map(([field, records]) => ({ field, records }))
      .sort((a, b) => b.records - a.records)
      .slice(0, 20),
    remarks: counts.list().sort((a, b) => rank(a) - rank(b) || b.records - a.records),
  }
}

/** Ids that were seen, each once. */
class Ids {
  readonly #seen = new Map<string, boolean>()

  /** How many pairs more are known to share their id with others: the pair itself, and the first of its id where it is the second. */
  repeats(id: string): number {
    const shared = this.#seen.get(id)
    if (shared === undefined) {
      if (this.#seen.size < MAX_IDS) this.#seen.set(id, false)
      return 0
    }
    this.#seen.set(id, true)
    return shared ? 1 : 2
  }
}

type Reached = { done: number; total: number }

/** How far the surveys that run are, each by the file that was chosen; of several of one file, the last that began. */
export class SurveyProgress {
  readonly #running = new Map<string, Reached>()

  /** Runs a survey of `file`, which tells how far it is. */
  async during<Result>(file: string, survey: (told: (done: number, total: number) => void) => Promise<Result>): Promise<Result> {
    const reached: Reached = { done: 0, total: 0 }
    this.#running.set(file, reached)
    try {
      return await survey((done, total) => Object.assign(reached, { done, total }))
    } finally {
      if (this.#running.get(file) === reached) this.#running.delete(file)
    }
  }

  /** Null where none runs, or it has not reached any record yet. */
  of(file: string): Reached | null {
    const reached = this.#running.get(file)
    return reached && reached.total > 0 ? { ...reached } : null
  }
}
