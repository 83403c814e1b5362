import type { ColumnMap, DataFile, FormatId } from '../contract/imports.ts'
import { openRecords } from '../formats/container.ts'
import { LabelSurvey, unknownLabels, type LabelSummary } from '../formats/label-survey.ts'
import { lookUp, type LabelValues } from '../formats/labels.ts'
import { parseRecord } from '../formats/record.ts'
import { formatOf } from '../formats/registry.ts'
import { fingerprint } from '../jobs/intake/import-file.ts'

/** Surveys that are kept: a preview asks again at each change of a setting, and the start of the import after it. */
const KEPT = 50
const surveys = new Map<string, Promise<LabelSurvey | null>>()

/**
 * What the labels of all records of these files are; null where the format has no label. Reads the files once, with
 * bounded memory.
 *
 * @param given what a person said that the values mean
 * @throws what opening the files throws; BlindfoldError INVALID_INPUT where no record has a label that is given
 */
export async function labelOf(files: readonly DataFile[], format: FormatId, map: ColumnMap | null, given: LabelValues | null): Promise<LabelSummary | null> {
  const prints = await Promise.all(files.map(async ({ file, encoding }) => [file, encoding, await fingerprint(file)]))
  const key = JSON.stringify([prints, format, map])
  const survey = surveys.get(key) ?? surveyed(files, format, map)
  surveys.delete(key)
  surveys.set(key, survey)
  // One that failed, for a file may be mended, is made again.
  survey.catch(() => surveys.delete(key))
  const [oldest] = surveys.keys()
  if (surveys.size > KEPT && oldest !== undefined) surveys.delete(oldest)
  const summary = (await survey)?.summary(given) ?? null
  if (summary && given && summary.counts.length > 0 && summary.more === 0 && summary.counts.every(({ value }) => lookUp(given, value) === null)) {
    throw unknownLabels(files[0]?.file ?? '', summary)
  }
  return summary
}

async function surveyed(files: readonly DataFile[], id: FormatId, map: ColumnMap | null): Promise<LabelSurvey | null> {
  const survey = new LabelSurvey()
  for (const { file, encoding } of files) {
    const format = await formatOf(file, id, map)
    if (!format.label) return null
    const source = await openRecords(file, encoding)
    try {
      for await (const raw of source.records()) {
        const parsed = parseRecord(raw)
        const use = 'record' in parsed ? format.label(parsed.record) : null
        if (use && 'record' in parsed) survey.add(use, parsed.record)
      }
    } finally {
      await source.close()
    }
  }
  return survey
}
