import { stat } from 'node:fs/promises'
import path from 'node:path'
import type { ColumnMap, DataFile, FormatId, ImportInput } from '../contract/imports.ts'
import { BlindfoldError } from '../core/errors.ts'
import { openRecords } from '../formats/container.ts'
import { openDataset } from '../formats/dataset.ts'
import { DATASET_INFO, rankingEntries } from '../formats/dataset-info.ts'
import { detectFormats, unknownFormat, type Detection } from '../formats/detect.ts'

/** What is to be imported, as far as the files themselves tell it; `format` is null where no known one fits. */
export type ImportPlan = {
  /** Absolute path of what was chosen. */
  file: string
  files: DataFile[]
  format: FormatId | null
  confidence: number
  map: ColumnMap | null
  /** Of the first file; null where the user named the format. */
  detection: Detection | null
}

type Asked = Pick<ImportInput, 'file' | 'format' | 'map'>

/**
 * Finds the data files behind what was chosen (a file, a folder of shards, a `dataset_info.json`) and their format.
 *
 * @throws BlindfoldError FILE_NOT_FOUND, FILE_UNREADABLE, FORMAT_UNKNOWN, NO_DATA; INVALID_INPUT where map and format do
 * not go together
 */
export async function planImport({ file: given, format: wanted = 'auto', map }: Asked): Promise<ImportPlan> {
  if (map && wanted !== 'auto' && wanted !== 'mapped') {
    throw new BlindfoldError('INVALID_INPUT', `A column map cannot be used for records of the format ${wanted}.`, {
      field: 'map',
      remedy: 'Choose mapped columns as the format, or leave out the map.',
    })
  }
  const file = path.resolve(given)
  if (path.basename(file) === DATASET_INFO && (await isFile(file))) {
    const entries = await rankingEntries(file)
    const files = (await Promise.all(entries.map((entry) => openDataset(entry.file)))).flat()
    return { file, files, format: 'llama-factory', confidence: 1, map: null, detection: null }
  }
  const files = await openDataset(file)
  if (map || wanted !== 'auto') return { file, files, format: map ? 'mapped' : (wanted as FormatId), confidence: 1, map: map ?? null, detection: null }
  const detection = await detect(files)
  const [best] = detection.candidates
  return { file, files, format: best?.format.id ?? null, confidence: best?.confidence ?? 0, map: null, detection }
}

/** The plan of an import that begins now. @throws BlindfoldError FORMAT_UNKNOWN where no format fits */
export function requireFormat(plan: ImportPlan): ImportPlan & { format: FormatId } {
  const { format, detection } = plan
  if (format === null) throw unknownFormat(plan.file, detection ?? { candidates: [], seen: 0, sample: [] })
  return { ...plan, format }
}

/** By the first file that holds a record. */
async function detect(files: readonly DataFile[]): Promise<Detection> {
  let found: Detection = { candidates: [], seen: 0, sample: [] }
  for (const { file } of files) {
    const source = await openRecords(file)
    try {
      found = await detectFormats(source, file)
    } finally {
      await source.close()
    }
    if (found.seen > 0) break
  }
  return found
}

const isFile = (file: string): Promise<boolean> => stat(file).then((found) => found.isFile(), () => false)
