import type { FormatId } from '../contract/imports.ts'
import { BlindfoldError } from '../core/errors.ts'
import { SUPPORTED_CONTAINERS, type RecordFile } from './container.ts'
import { kindOf, type Format, type JsonObject } from './format.ts'
import { mmRm } from './mm-rm.ts'
import { povid } from './povid.ts'
import { parseRecord } from './record.ts'
import { trl } from './trl.ts'

/** All formats that are read. */
export const FORMATS: readonly Format[] = [mmRm, povid, trl]

export function formatById(id: FormatId): Format {
  const format = FORMATS.find((candidate) => candidate.id === id)
  if (!format) throw new Error(`there is no format ${id}`)
  return format
}

const SAMPLE = 50
/** Below this share of a perfect match no format is named. */
const THRESHOLD = 0.5

export type Detection = { format: Format; confidence: number }

/**
 * The format whose reader fits the first records best, by their content alone. Records that are no objects say nothing.
 * `confidence` is the mean score of the objects looked at.
 *
 * @throws BlindfoldError FORMAT_UNKNOWN, saying what was seen and what is supported
 */
export async function detectFormat(source: RecordFile, file: string): Promise<Detection> {
  const sample: JsonObject[] = []
  let seen = 0
  for await (const raw of source.records()) {
    const parsed = parseRecord(raw)
    if ('record' in parsed) sample.push(parsed.record)
    if (++seen === SAMPLE) break
  }
  const ranked = FORMATS.map((format) => ({ format, confidence: mean(sample.map((record) => format.score(record))) }))
  const [best] = ranked.sort((a, b) => b.confidence - a.confidence)
  if (best && best.confidence >= THRESHOLD) return best
  const known = FORMATS.map(({ name, shape }) => `${name} ${shape}`).join('; ')
  throw new BlindfoldError('FORMAT_UNKNOWN', `The records of ${file} have no known format: ${describe(sample, seen)}`, {
    file,
    remedy: `${SUPPORTED_CONTAINERS} Known records: ${known}. Where it is one of these, name the format yourself.`,
  })
}

const mean = (values: number[]): number => (values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length)

function describe(sample: JsonObject[], seen: number): string {
  if (seen === 0) return 'the file holds no record.'
  const [first] = sample
  if (!first) return `none of the first ${seen} records is a JSON object on its own line or in an array.`
  const keys = Object.entries(first).slice(0, 20).map(([key, value]) => `${key.slice(0, 40)} (${kindOf(value)})`)
  return `the first object has ${keys.length === 0 ? 'no fields' : keys.join(', ')}.`
}
