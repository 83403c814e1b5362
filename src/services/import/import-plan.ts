import { stat } from 'node:fs/promises'
import path from 'node:path'
import type { ColumnMap, Convention, DataFile, FormatId, ImportInput } from '../../contract/imports.ts'
import { BlindfoldError } from '../../core/errors.ts'
import { openRecords } from '../../formats/containers/container.ts'
import { openDataset } from '../../formats/dataset.ts'
import { DATASET_INFO, rankingEntries } from '../../formats/dataset-info.ts'
import { detectFormats, unknownFormat, type Detection } from '../../formats/detect.ts'
import { encodingNamed } from '../../formats/containers/encoding.ts'
import { unclearLabels, type LabelSummary } from '../../formats/labels/label-survey.ts'
import { foundInAll } from './whole-files.ts'

/** What is to be imported, as far as the files themselves tell it; `format` is null where no known one fits. */
export type ImportPlan = {
  /** Absolute path of what was chosen. */
  file: string
  files: DataFile[]
  format: FormatId | null
  confidence: number
  map: ColumnMap | null
  /** Of all records, where the format has a label. */
  label: LabelSummary | null
  /** Columns whose texts are turns, in all records. */
  turns: string[]
  /** Of the first file; null where the user named the format. */
  detection: Detection | null
}

/** Files that are looked into. */
const MAX_KINDS = 20

type Asked = Pick<ImportInput, 'file' | 'format' | 'map' | 'labels' | 'encoding'>

/**
 * Finds the data files behind what was chosen (a file, a folder of shards, a `dataset_info.json`), their format, and what
 * their labels are.
 *
 * @throws BlindfoldError FILE_NOT_FOUND, FILE_UNREADABLE, FORMAT_UNKNOWN, NO_DATA; INVALID_INPUT where map and format do
 * not go together
 */
export async function planImport(asked: Asked): Promise<ImportPlan> {
  const plan = await planFormat(asked)
  if (plan.format === null) return { ...plan, label: null, turns: [] }
  return { ...plan, ...(await foundInAll(plan.files, plan.format, plan.map, asked.labels ?? null)) }
}

async function planFormat({
  file: given,
  format: wanted = 'auto',
  map,
  encoding: named,
}: Asked): Promise<Omit<ImportPlan, 'label' | 'turns'>> {
  if (map && wanted !== 'auto' && wanted !== 'mapped') {
    throw new BlindfoldError('INVALID_INPUT', `A column map cannot be used for records of the format ${wanted}.`, {
      field: 'map',
      remedy: 'Choose mapped columns as the format, or remove the map.',
    })
  }
  const file = path.resolve(given)
  const encoding = named === undefined ? null : encodingNamed(named)
  if (path.basename(file) === DATASET_INFO && (await isFile(file))) {
    const entries = await rankingEntries(file)
    const files = (await Promise.all(entries.map((entry) => openDataset(entry.file, encoding)))).flat()
    return { file, files, format: 'llama-factory', confidence: 1, map: null, detection: null }
  }
  const files = await openDataset(file, encoding)
  if (map || wanted !== 'auto')
    return { file, files, format: map ? 'mapped' : (wanted as FormatId), confidence: 1, map: map ?? null, detection: null }
  const detection = await detect(file, files)
  const [best] = detection.candidates
  return { file, files, format: best?.format.id ?? null, confidence: best?.confidence ?? 0, map: null, detection }
}

/**
 * The plan of an import that begins now, with what the whole file tells of its records.
 *
 * @throws BlindfoldError FORMAT_UNKNOWN where no format fits; LABELS_UNCLEAR where labels may mean one thing or another
 */
export function requireFormat(plan: ImportPlan): ImportPlan & { format: FormatId; convention: Convention } {
  const { file, format, detection, label } = plan
  if (format === null) throw unknownFormat(file, detection ?? { candidates: [], seen: 0, sample: [], fault: null })
  if (label && label.values === null) throw unclearLabels(file, label)
  return { ...plan, format, convention: conventionOf(plan) }
}

/** What a reader is told of all records. A label that is not clear is read as nothing. */
export const conventionOf = ({ label, turns }: ImportPlan): Convention => ({
  label: { column: label?.column ?? null, values: { ...label?.values } },
  turns,
})

/**
 * By one file of each name but for its numbers, for shards are alike.
 *
 * @throws BlindfoldError FORMAT_UNKNOWN where files have different formats, which no one import can read
 */
async function detect(chosen: string, files: readonly DataFile[]): Promise<Detection> {
  const names = new Set<string>()
  const found: { file: string; format: string }[] = []
  let first: Detection | null = null
  for (const { file, encoding } of files) {
    const name = file.replaceAll(/[0-9]+/g, '#')
    if (names.has(name) || found.length === MAX_KINDS) continue
    const source = await openRecords(file, encoding)
    try {
      const detection = await detectFormats(source, file)
      if (detection.seen === 0) continue
      names.add(name)
      found.push({ file, format: detection.candidates[0]?.format.name ?? 'not recognised' })
      // Of the others only the name is kept: their records may hold images.
      first ??= detection
    } finally {
      await source.close()
    }
  }
  if (found.every(({ format }) => format === found[0]?.format)) return first ?? { candidates: [], seen: 0, sample: [], fault: null }
  const list = found.map(({ file, format }) => `${path.relative(chosen, file)}: ${format}`).join('; ')
  throw new BlindfoldError('FORMAT_UNKNOWN', `The files of ${chosen} have different formats: ${list}.`, {
    file: chosen,
    remedy: 'Import them one by one, or move files that are not part of the dataset elsewhere.',
  })
}

const isFile = (file: string): Promise<boolean> =>
  stat(file).then(
    (found) => found.isFile(),
    () => false,
  )
