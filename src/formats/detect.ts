import { columnMap } from '../contract/imports.ts'
import { BlindfoldError } from '../core/errors.ts'
import { count, plural } from '../core/format.ts'
import { columnsOf } from './column-map.ts'
import { SUPPORTED_CONTAINERS, type RecordFile } from './containers/container.ts'
import { layoutBeside } from './dataset-info.ts'
import { type Format } from './format.ts'
import { kindOf, type JsonObject, type Value } from './value.ts'
import { llamaFactory } from './readers/llama-factory.ts'
import { suggestTried } from './map-trial.ts'
import { notPairs } from './not-pairs.ts'
import { parseRecord } from './record.ts'
import { FORMATS } from './registry.ts'

const SAMPLE = 50
/** Fewer records do where they are large, with images in them. */
const SAMPLE_BYTES = 32 * 2 ** 20
/** Below this share of a perfect match no format is named. */
const THRESHOLD = 0.5
/** What a record is worth that has a format's shape and cannot be read in it. */
const UNREADABLE = 0.6

/** `confidence` is 0 to 1: how well the format fits, less what speaks for the next best. */
export type Candidate = { format: Format; confidence: number }

/**
 * `candidates` fit, the best first, perhaps none; `seen` and `sample` are what was looked at, `fault` why the first record
 * that is none is none.
 */
export type Detection = { candidates: Candidate[]; seen: number; sample: JsonObject[]; fault: { row: number; reason: string } | null }

/**
 * The formats that the first records may have, by their content alone; a `dataset_info.json` beside the file that names
 * it as ranking data decides. Records that are no objects say nothing.
 */
export async function detectFormats(source: RecordFile, file: string): Promise<Detection> {
  const sample: JsonObject[] = []
  let fault: Detection['fault'] = null
  let seen = 0
  let size = 0
  for await (const raw of source.records()) {
    const parsed = parseRecord(raw)
    if ('record' in parsed) {
      sample.push(parsed.record)
      size += sizeOf(parsed.record)
    } else fault ??= { row: raw.row, reason: parsed.fault.reason }
    if (++seen === SAMPLE || size > SAMPLE_BYTES) break
  }
  const layout = await layoutBeside(file)
  if (layout) {
    const format = llamaFactory(layout)
    const fit = fitOf(format, sample)
    if (fit >= THRESHOLD) return { candidates: [{ format, confidence: fit }], seen, sample, fault }
  }
  return { candidates: rank(sample), seen, sample, fault }
}

/** Roughly how much memory a value takes, in bytes. */
function sizeOf(value: Value): number {
  if (typeof value === 'string' || value instanceof Uint8Array) return value.length
  return typeof value === 'object' && value !== null
    ? Object.values(value).reduce((sum: number, inner) => sum + 16 + sizeOf(inner as Value), 0)
    : 8
}

/** All formats that fit these records, the best first, with how sure that is. */
export function rank(sample: readonly JsonObject[]): Candidate[] {
  const fits = FORMATS.map((format) => ({ format, fit: fitOf(format, sample) })).sort((a, b) => b.fit - a.fit)
  return fits.flatMap(({ format, fit }, index) => {
    if (fit < THRESHOLD) return []
    const rival = fits[index === 0 ? 1 : 0]?.fit ?? 0
    return [{ format, confidence: Math.min(1, Math.max(0, fit - Math.max(0, rival - THRESHOLD))) }]
  })
}

/** Mean over the records of how much each looks like the format; one whose fields it cannot read counts for less. */
function fitOf(format: Format, sample: readonly JsonObject[]): number {
  if (sample.length === 0) return 0
  const fit = (record: JsonObject): number => {
    const score = format.score(record)
    if (score < THRESHOLD) return score
    const reading = format.read(record)
    // What a label means, only all records of the file tell.
    const use = format.label?.(record)
    const label = use && use.value !== null ? use.column : undefined
    const shape =
      'faults' in reading &&
      reading.faults.some(({ code, field }) => (code === 'missing-field' || code === 'wrong-type') && field !== label)
    return shape ? UNREADABLE * score : score
  }
  return sample.reduce((sum, record) => sum + fit(record), 0) / sample.length
}

/**
 * The format that fits a file best.
 *
 * @throws BlindfoldError FORMAT_UNKNOWN where none fits
 */
export async function detectFormat(source: RecordFile, file: string): Promise<Candidate> {
  const detection = await detectFormats(source, file)
  const [best] = detection.candidates
  if (best) return best
  throw unknownFormat(file, detection)
}

/** Says what was seen: what the records are where they are no pairs, or else which column map reads them, and what is known. */
export function unknownFormat(file: string, detection: Detection): BlindfoldError {
  const { sample } = detection
  const guess = suggestTried(columnsOf(sample), sample)
  const usable = columnMap.safeParse(guess.map).success && (sample.length === 0 || guess.lost < sample.length)
  const other = usable ? null : notPairs(sample)
  if (other)
    return new BlindfoldError('FORMAT_UNKNOWN', `The records of ${file} are not pairs: ${other.what}.`, { file, remedy: other.remedy })
  const found = Object.entries(guess.map)
    .map(([part, column]) => `${part}=${column}`)
    .join(',')
  // Both responses without what says which is better: only that is left to name.
  const halfway = guess.map.first !== undefined && guess.map.second !== undefined && guess.map.label === undefined
  const map = usable
    ? `--map ${found}`
    : halfway
      ? `--map ${found},label=COLUMN, with the column that says which response is better`
      : 'for example --map prompt=question,chosen=good,rejected=bad'
  const lost =
    usable && guess.lost > 0 ? ` (of the first ${plural(sample.length, 'record')}, ${count(guess.lost)} would be quarantined)` : ''
  const known = FORMATS.map(({ name }) => name).join(', ')
  const remedy =
    sample.length === 0
      ? `Write each record as a JSON object. ${SUPPORTED_CONTAINERS}`
      : `Map the columns: ${map}${lost}. Or choose a format: ${known}.`
  const { row, reason } = detection.fault ?? {}
  const place = sample.length === 0 && row !== undefined ? { row } : {}
  return new BlindfoldError(
    'FORMAT_UNKNOWN',
    `The format of ${file} was not recognised: ${describe(detection)}${'row' in place ? ` ${reason}` : ''}`,
    { file, ...place, remedy },
  )
}

function describe({ sample, seen }: Detection): string {
  if (seen === 0) return 'the file has no records.'
  const [first] = sample
  if (!first) return seen === 1 ? 'the first record is not an object.' : `none of the first ${count(seen)} records is an object.`
  const keys = Object.entries(first)
    .slice(0, 20)
    .map(([key, value]) => `${key.slice(0, 40)} (${kindOf(value)})`)
  return `the first has ${keys.length === 0 ? 'no columns' : `the columns ${keys.join(', ')}`}.`
}
