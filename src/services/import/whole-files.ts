import type { ColumnMap, DataFile, FormatId } from '../../contract/imports.ts'
import { openRecords } from '../../formats/containers/container.ts'
import { LabelSurvey, unknownLabels, type LabelSummary } from '../../formats/labels/label-survey.ts'
import { lookUp, type LabelValues } from '../../formats/labels/labels.ts'
import { parseRecord } from '../../formats/record.ts'
import { formatOf } from '../../formats/registry.ts'
import { TurnSurvey } from '../../formats/turn-columns.ts'
import { fingerprint } from '../../jobs/intake/import-file.ts'

/** Surveys that are kept: a preview asks again at each change of a setting, and the start of the import after it. */
const KEPT = 50
type Surveyed = { labels: LabelSurvey | null; turns: string[] }
const surveys = new Map<string, Promise<Surveyed>>()

/** What only all records of the files tell: what their labels are, null where the format has none, and which columns contain turns in texts. */
export type FoundInAll = { label: LabelSummary | null; turns: string[] }

/**
 * Reads the files once, with bounded memory, and no further than is needed.
 *
 * @param given what a person said that the values of the label mean
 * @throws what opening the files throws; BlindfoldError INVALID_INPUT where no record has a label that is given
 */
export async function foundInAll(
  files: readonly DataFile[],
  format: FormatId,
  map: ColumnMap | null,
  given: LabelValues | null,
): Promise<FoundInAll> {
  const prints = await Promise.all(files.map(async ({ file, encoding }) => [file, encoding, await fingerprint(file)]))
  const key = JSON.stringify([prints, format, map])
  const survey = surveys.get(key) ?? surveyed(files, format, map)
  surveys.delete(key)
  surveys.set(key, survey)
  // One that failed, for a file may be mended, is made again.
  survey.catch(() => surveys.delete(key))
  const [oldest] = surveys.keys()
  if (surveys.size > KEPT && oldest !== undefined) surveys.delete(oldest)
  const { labels, turns } = await survey
  const label = labels?.summary(given) ?? null
  if (label && given && label.counts.length > 0 && label.more === 0 && label.counts.every(({ value }) => lookUp(given, value) === null)) {
    throw unknownLabels(files[0]?.file ?? '', label)
  }
  return { label, turns }
}

async function surveyed(files: readonly DataFile[], id: FormatId, map: ColumnMap | null): Promise<Surveyed> {
  const labels = new LabelSurvey()
  const turns = new TurnSurvey()
  let labelled = false
  for (const { file, encoding } of files) {
    const format = await formatOf(file, id, map)
    labelled ||= format.label !== undefined
    if (!format.label && !(format.mixed && turns.open)) continue
    const source = await openRecords(file, encoding)
    try {
      for await (const raw of source.records()) {
        const parsed = parseRecord(raw)
        if ('fault' in parsed) continue
        const use = format.label?.(parsed.record)
        if (use) labels.addLabel(use, parsed.record)
        if (format.mixed && turns.open) turns.addColumns(format.mixed(parsed.record))
        if (!format.label && !turns.open) break
      }
    } finally {
      await source.close()
    }
  }
  return { labels: labelled ? labels : null, turns: turns.columns() }
}
