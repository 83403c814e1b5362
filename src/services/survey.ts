import type { ImportInput, ImportSurvey, QuarantineCode } from '../contract/imports.ts'
import { remarkCode } from '../contract/imports.ts'
import { openRecords } from '../formats/container.ts'
import { parseRecord } from '../formats/record.ts'
import { formatOf } from '../formats/registry.ts'
import { RemarkCounts, remarksOf } from '../formats/remarks.ts'
import { planImport, requireFormat } from './import-plan.ts'

/** Ids that are remembered to find those that repeat; a file with more is told without them. */
const MAX_IDS = 1_000_000

/**
 * Reads all records as an import would, and stores nothing: how many pairs they state, how many are refused and why, and what
 * becomes of every field that no pair uses. Images are not looked at. One pass, with bounded memory.
 *
 * @throws what planning the import throws; the signal's reason when aborted
 */
export async function surveyImport(input: Pick<ImportInput, 'file' | 'format' | 'map' | 'labels' | 'encoding'>, signal?: AbortSignal): Promise<ImportSurvey> {
  const { files, format: id, map, convention } = requireFormat(await planImport(input))
  const counts = new RemarkCounts()
  const refused = new Map<QuarantineCode, number>()
  const ids = new Ids()
  const imageFields = new Map<string, number>()
  const survey = { records: 0, pairs: 0, tied: 0, images: 0, quarantined: 0 }
  for (const { file, split, encoding } of files) {
    const format = await formatOf(file, id, map, convention)
    const source = await openRecords(file, encoding)
    try {
      for await (const raw of source.records()) {
        signal?.throwIfAborted()
        survey.records += 1
        const parsed = parseRecord(raw)
        const reading = 'fault' in parsed ? { faults: [parsed.fault] } : format.read(parsed.record)
        if ('faults' in reading) {
          const code = reading.faults[0]?.code ?? 'malformed-record'
          refused.set(code, (refused.get(code) ?? 0) + 1)
          survey.quarantined += 1
          continue
        }
        survey.pairs += reading.pairs.length
        if ('record' in parsed) counts.add(remarksOf(parsed.record, reading.pairs, parsed.lost), raw.row)
        for (const pair of reading.pairs) {
          if (pair.tied) survey.tied += 1
          if (pair.images.length > 0) survey.images += 1
          if (pair.externalId !== null) {
            // The first pair of an id counts with the second.
            for (let n = ids.repeats(`${pair.source ?? ''}\0${pair.split ?? split}\0${pair.externalId}`); n > 0; n--) counts.add([{ code: 'repeated-id', field: 'id' }], raw.row)
          }
        }
        const [pair] = reading.pairs
        for (const field of new Set(pair?.images.map((image) => image.field))) imageFields.set(field, (imageFields.get(field) ?? 0) + 1)
      }
    } finally {
      await source.close()
    }
  }
  const rank = ({ code }: { code: (typeof remarkCode.options)[number] }): number => remarkCode.options.indexOf(code)
  return {
    format: id,
    ...survey,
    refused: [...refused].map(([code, records]) => ({ code, records })).sort((a, b) => b.records - a.records),
    imageFields: [...imageFields].map(([field, records]) => ({ field, records })).sort((a, b) => b.records - a.records).slice(0, 20),
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
