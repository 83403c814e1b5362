import { columnMap } from '../contract/imports.ts'
import { BlindfoldError } from '../core/errors.ts'
import { columnsOf, suggestMap } from './column-map.ts'
import { SUPPORTED_CONTAINERS, type RecordFile } from './container.ts'
import { layoutBeside } from './dataset-info.ts'
import { kindOf, type Format, type JsonObject, type Value } from './format.ts'
import { llamaFactory } from './llama-factory.ts'
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

/** `candidates` fit, the best first, perhaps none; `seen` and `sample` are what was looked at. */
export type Detection = { candidates: Candidate[]; seen: number; sample: JsonObject[] }

/**
 * The formats that the first records may have, by their content alone; a `dataset_info.json` beside the file that names
 * it as ranking data decides. Records that are no objects say nothing.
 */
export async function detectFormats(source: RecordFile, file: string): Promise<Detection> {
  const sample: JsonObject[] = []
  let seen = 0
  let size = 0
  for await (const raw of source.records()) {
    const parsed = parseRecord(raw)
    if ('record' in parsed) {
      sample.push(parsed.record)
      size += sizeOf(parsed.record)
    }
    if (++seen === SAMPLE || size > SAMPLE_BYTES) break
  }
  const layout = await layoutBeside(file)
  if (layout) {
    const format = llamaFactory(layout)
    const fit = fitOf(format, sample)
    if (fit >= THRESHOLD) return { candidates: [{ format, confidence: fit }], seen, sample }
  }
  return { candidates: rank(sample), seen, sample }
}

/** Roughly how much memory a value takes, in bytes. */
function sizeOf(value: Value): number {
  if (typeof value === 'string' || value instanceof Uint8Array) return value.length
  return typeof value === 'object' && value !== null ? Object.values(value).reduce((sum: number, inner) => sum + 16 + sizeOf(inner as Value), 0) : 8
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
    const shape = 'faults' in reading && reading.faults.some(({ code }) => code === 'missing-field' || code === 'wrong-type')
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

/** Says what was seen, which column map might read it, and what is known. */
export function unknownFormat(file: string, { sample, seen }: Detection): BlindfoldError {
  const guess = columnMap.safeParse(suggestMap(columnsOf(sample)))
  const map = guess.success ? Object.entries(guess.data).map(([part, column]) => `${part}=${column}`).join(',') : 'prompt=question,chosen=good,rejected=bad'
  const known = FORMATS.map(({ name }) => name).join(', ')
  const remedies = [
    `Say which columns hold the parts of a pair: --map ${map}.`,
    `Or name the format, where it is one of these: ${known}.`,
    ...(sample.length === 0 ? [SUPPORTED_CONTAINERS] : []),
  ]
  return new BlindfoldError('FORMAT_UNKNOWN', `The records of ${file} have no known format: ${describe(sample, seen)}`, { file, remedy: remedies.join(' ') })
}

function describe(sample: readonly JsonObject[], seen: number): string {
  if (seen === 0) return 'the file holds no record.'
  const [first] = sample
  if (!first) return `none of the first ${seen} records is an object.`
  const keys = Object.entries(first).slice(0, 20).map(([key, value]) => `${key.slice(0, 40)} (${kindOf(value)})`)
  return `the first has ${keys.length === 0 ? 'no columns' : `the columns ${keys.join(', ')}`}.`
}
