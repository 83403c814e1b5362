import type { Fault, Json, JsonObject } from './format.ts'
import { fault, isObject, kindOf } from './format.ts'

/** More than this is no record but a broken file; data URLs of large images fit. */
export const MAX_RECORD_BYTES = 64 * 2 ** 20

/** Longest raw text that is kept of a record that was not imported, in UTF-16 units. */
export const RAW_LIMIT = 20_000

/** A record as it stands in the file, not yet parsed. */
export type RawRecord = {
  /** Counts from 1: the line in a file of lines (blank ones count), the entry in an array. */
  row: number
  /** Offset in the file behind the record, for progress. */
  end: number
  bytes: Buffer
  /** Why the container could not be cut here; the record is then not parsed at all. */
  problem: string | null
}

/** Cuts a file into records, fed chunk by chunk. Keeps no more than one record. */
export type Splitter = {
  push(chunk: Buffer): RawRecord[]
  /** At the end of the file. */
  end(): RawRecord[]
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The record's value, or why it has none. Only an object can be a pair. */
export function parseRecord(raw: RawRecord): { record: JsonObject } | { fault: Fault } {
  if (raw.problem !== null) return { fault: fault(null, 'invalid-json', raw.problem) }
  let text: string
  try {
    text = strict.decode(raw.bytes)
  } catch {
    return { fault: fault(null, 'invalid-utf8', `The record is not valid UTF-8${firstBadByte(raw.bytes)}.`) }
  }
  let value: Json
  try {
    value = JSON.parse(text) as Json
  } catch (error) {
    return { fault: fault(null, 'invalid-json', `The record is not valid JSON: ${(error as Error).message}`) }
  }
  if (deeper(value, MAX_DEPTH)) return { fault: fault(null, 'invalid-json', `The record nests more than ${MAX_DEPTH} levels deep.`) }
  if (!isObject(value)) return { fault: fault(null, 'not-an-object', `The record is ${kindOf(value)}, not an object.`) }
  return { record: value }
}

/** Nesting that no data set has; far more of it would exhaust the stack of whatever copies or writes the record. */
const MAX_DEPTH = 100

function deeper(value: Json, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return levels === 0 || Object.values(value).some((inner) => deeper(inner, levels - 1))
}

/** Where in the record the first wrong byte stands, as words for a message. */
function firstBadByte(bytes: Buffer): string {
  // Replacement marks that are in the text itself take three bytes; made ones stand for wrong bytes.
  const text = bytes.toString('utf8')
  let offset = 0
  for (const character of text) {
    const length = Buffer.byteLength(character)
    if (character === '\uFFFD' && !bytes.subarray(offset, offset + 3).equals(REPLACEMENT)) {
      return ` (byte ${offset + 1} is 0x${(bytes[offset] ?? 0).toString(16).padStart(2, '0')})`
    }
    offset += length
  }
  return ''
}
const REPLACEMENT = Buffer.from('\uFFFD')

/** The record for people and for the quarantine: cut to `RAW_LIMIT`, wrong bytes as replacement marks. */
export function rawText(raw: RawRecord): string {
  const text = raw.bytes.toString('utf8', 0, Math.min(raw.bytes.length, RAW_LIMIT * 4))
  return text.slice(0, RAW_LIMIT).toWellFormed()
}
