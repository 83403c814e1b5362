import type { QuarantineCode } from '../contract/imports.ts'
import type { Fault } from './format.ts'
import type { JsonObject, Value } from './value.ts'
import { fault } from './format.ts'
import { isObject, kindOf } from './value.ts'
import { deeper, MAX_DEPTH, parseLoose } from './containers/json.ts'

/** More than this is no record but a broken file; data URLs of large images fit. */
export const MAX_RECORD_BYTES = 64 * 2 ** 20

/** Longest raw text that is kept of a record that was not imported, in UTF-16 units. */
export const RAW_LIMIT = 20_000

/** A record as it stands in the file, not yet looked into. */
export type RawRecord = {
  /** Counts from 1: the line in a file of lines (blank ones count), the entry in an array, the row in a table. */
  row: number
  /** How far into the file the record reaches, in bytes, for progress. */
  end: number
  /** Its text, to be parsed as JSON where there is no `value`; empty where the file holds no text (Parquet). */
  bytes: Buffer
  /** What a table or Parquet file says of it: already parsed. */
  value?: JsonObject
  /** Of the value: as in `ParsedRecord`. */
  lost?: readonly string[]
  /** What the record is called in a file that keys its records: its id, where it has none. */
  key?: string
  /** The list that the record stands in, where the file has one for each split. */
  split?: string
  /** Why the container could not be cut here; the record is then not parsed at all. */
  problem: string | null
  /** The code of the problem, where it is not that of broken JSON. */
  code?: QuarantineCode
}

/** Cuts a file into records, fed chunk by chunk. Keeps no more than one record. */
export type Splitter = {
  push(chunk: Buffer): RawRecord[]
  /** At the end of the file. */
  end(): RawRecord[]
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** A record's value, and its fields in which `NaN` or `Infinity`, which JSON does not have, became null. */
export type ParsedRecord = { record: JsonObject; lost: readonly string[] }

const NOTHING_LOST: readonly string[] = []

/** The record's value, or why it has none. Only an object can be a pair. */
export function parseRecord(raw: RawRecord): ParsedRecord | { fault: Fault } {
  if (raw.problem !== null) return { fault: fault(null, raw.code ?? 'invalid-json', raw.problem) }
  if (raw.value)
    return deeper(raw.value) ? { fault: fault(null, 'malformed-record', TOO_DEEP) } : { record: raw.value, lost: raw.lost ?? NOTHING_LOST }
  let text: string
  try {
    text = strict.decode(raw.bytes)
  } catch {
    return { fault: fault(null, 'invalid-utf8', `The record is not valid UTF-8${firstBadByte(raw.bytes)}.`) }
  }
  let parsed: { value: Value; lost: string[] }
  try {
    parsed = parseLine(text)
  } catch (error) {
    const comment = isPython(text) ? null : commentIn(text)
    const reason = isPython(text)
      ? PYTHON
      : comment !== null
        ? `Byte ${comment} of the record begins a comment, which JSON does not allow. Remove all comments.`
        : `The record is not valid JSON: ${(error as Error).message}`
    return { fault: fault(null, 'invalid-json', reason) }
  }
  const { value, lost } = parsed
  if (deeper(value)) return { fault: fault(null, 'invalid-json', TOO_DEEP) }
  if (!isObject(value)) return { fault: fault(null, 'not-an-object', `The record is ${kindOf(value)}, not an object.`) }
  return { record: raw.key === undefined ? value : keyed(value, raw.key), lost }
}

/** Parses a record. Lines that were cut out of an array still end with its comma. */
function parseLine(text: string): { value: Value; lost: string[] } {
  try {
    return parseLoose(text)
  } catch (error) {
    const line = text.trimEnd()
    if (!line.endsWith('},')) throw error
    return parseLoose(line.slice(0, -1))
  }
}

/** The key of a record is its id; beside an id of its own it is a field. */
function keyed(record: JsonObject, key: string): JsonObject {
  const own = record['id'] ?? null
  if (own === null) return { ...record, id: key }
  return String(own) === key || Object.hasOwn(record, 'key') ? record : { ...record, key }
}

const PYTHON = 'The record is a printed Python dict (single quotes, None, True or False), not JSON. Write it with json.dumps.'
/** Whether a text that is no JSON begins as Python prints a dict, or has its constants where a value belongs. */
const isPython = (text: string): boolean => /^\s*\{\s*'/.test(text) || /^\s*\{[^]{0,2000}?:\s*(None|True|False)\s*[,}]/.test(text)

/**
 * The byte, from 1, at which a comment begins in a text that is no JSON: behind nothing, or behind what a value may begin or end with.
 * Null where none does, for quotes that do not pair may show the inside of a text.
 */
function commentIn(text: string): number | null {
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '"') {
      for (at++; at < text.length && text[at] !== '"'; at++) if (text[at] === '\\') at++
    } else if (text[at] === '/' && (text[at + 1] === '/' || text[at + 1] === '*')) {
      return BEFORE_COMMENT.test(text.slice(Math.max(0, at - 200), at)) ? Buffer.byteLength(text.slice(0, at)) + 1 : null
    }
  }
  return null
}
const BEFORE_COMMENT = /(?:^\s*|:\s+|(?:[,{}[\]"\d]|true|false|null)\s*)$/

const TOO_DEEP = `At most ${MAX_DEPTH} levels of nesting; the record has more.`

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

/** The record for people and for the quarantine: cut to `RAW_LIMIT`, wrong bytes as replacement marks, bytes as their number. */
export function rawText(raw: RawRecord): string {
  if (raw.bytes.length === 0 && raw.value)
    return JSON.stringify(raw.value, (_, inner: Value) => shown(inner))
      .slice(0, RAW_LIMIT)
      .toWellFormed()
  const text = raw.bytes.toString('utf8', 0, Math.min(raw.bytes.length, RAW_LIMIT * 4))
  return text.slice(0, RAW_LIMIT).toWellFormed()
}

function shown(value: Value): Value {
  if (value instanceof Uint8Array) return `<${value.length} bytes>`
  return typeof value === 'string' ? value.slice(0, RAW_LIMIT) : value
}
