import type { FormatId, QuarantineCode, Rejection } from '../contract/imports.ts'
import type { PairStatus } from '../contract/pairs.ts'
import type { Message } from '../core/messages.ts'

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/** A value of a record: JSON, or bytes where the file holds them as such (Parquet). */
export type Value = null | boolean | number | string | Uint8Array | Value[] | { [key: string]: Value }
export type JsonObject = { [key: string]: Value }

/** What is wrong with a record, without the row it stands in. */
export type Fault = Omit<Rejection, 'row'>

/**
 * An image as a record names it: text that `images.ts` resolves (path, URL of a file or on the web, data URL), base64, or
 * the bytes themselves; `name` is what the record calls those.
 */
export type ImageReference =
  | { kind: 'text'; text: string; field: string }
  | { kind: 'base64'; base64: string; field: string }
  | { kind: 'bytes'; bytes: Uint8Array; name: string | null; field: string }

/** One annotation of a pair that brings its history along, as the project stores it. Texts are null where as imported. */
export type RestoredAnnotation = {
  action: 'keep' | 'flip' | 'tie' | 'edit' | 'discard' | 'undo' | 'redo'
  /** Which annotation of this history, from 0, an undo or redo takes back; null for all others. */
  reverts: number | null
  status: PairStatus
  prompt: string | null
  chosen: string | null
  rejected: string | null
  blind: boolean
  annotator: string
  at: string
}

/** A pair as a record states it, images not yet looked at. */
export type RawPair = {
  /** The record's own id; of a record that states several pairs, unique among them. */
  externalId: string | null
  /** Derived from the messages by `promptText`. */
  prompt: string
  /** Null in the simple form: see `canonical` in `core/messages.ts`. Shows as many images as `images` has. */
  messages: Message[] | null
  chosen: string
  rejected: string
  images: ImageReference[]
  /** Every field that the reader did not use. */
  metadata: { [key: string]: Json }
  /** Judged equally good: which response stands as `chosen` says nothing. */
  tied: boolean
  /** What the record itself says, where its format says it; null leaves it to the import. */
  source: string | null
  split: string | null
  tags: string[]
  history: RestoredAnnotation[]
}

/** A record gives all its pairs, at least one, or none of them and at least one fault. */
export type Reading = { pairs: RawPair[] } | { faults: Fault[] }

/** A native record format. `docs/formats.md` describes each for people. */
export type Format = {
  id: FormatId
  name: string
  /** Its shape in one line, for messages. */
  shape: string
  /** How much a record looks like this format by its content, 0 to 1; a damaged record still scores something. */
  score(record: JsonObject): number
  read(record: JsonObject): Reading
}

export const fault = (field: string | null, code: QuarantineCode, reason: string): Fault => ({ field, code, reason })

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)
}

/** What a value is, for a message: `null`, `a list`, `an object`, `a number`. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'object' ? 'an object' : typeof value === 'string' ? 'text' : `a ${typeof value}`
}

/** One fault for one record: field and code of the first, the reasons of all. */
export function mergeFaults(faults: Fault[]): Fault {
  const [first] = faults
  if (!first) throw new Error('mergeFaults: no fault')
  return { ...first, reason: faults.map(({ reason }) => reason).join(' ') }
}

/**
 * Reads the fields of one record and gathers what is wrong with them, so that a record names all its faults at once.
 * Texts are kept to the letter: what is exported is what was imported.
 */
export class Fields {
  readonly faults: Fault[] = []
  readonly record: JsonObject

  constructor(record: JsonObject) {
    this.record = record
  }

  add(field: string | null, code: QuarantineCode, reason: string): void {
    this.faults.push(fault(field, code, reason))
  }

  /** The record's own id as text. Numbers are written out; null and absent are no id. */
  id(): string | null {
    const value = this.record.id
    if (value === undefined || value === null || value === '') return null
    if (typeof value === 'string') return this.wellFormed('id', value)
    if (typeof value === 'number') return String(value)
    this.add('id', 'wrong-type', `“id” is ${kindOf(value)}, not text or a number.`)
    return null
  }

  /** A text that may be empty. */
  text(field: string): string {
    const value = this.record[field]
    if (value === undefined || value === null) {
      this.add(field, 'missing-field', `“${field}” is missing.`)
      return ''
    }
    if (typeof value !== 'string') {
      this.add(field, 'wrong-type', `“${field}” is ${kindOf(value)}, not text.`)
      return ''
    }
    return this.wellFormed(field, value)
  }

  /** Half a surrogate pair (JSON's `\ud800`) cannot be stored as UTF-8 and would come back as another text. */
  wellFormed(field: string, value: string): string {
    if (!value.isWellFormed()) this.add(field, 'invalid-utf8', `“${field}” holds half of a surrogate pair: it is not valid Unicode.`)
    return value
  }

  /**
   * Images named by `field`: absent, null, '' or [] are none; text is a path or URL; `{bytes, path}` as Hugging Face
   * writes it, bytes in base64 and before the path; a list of these.
   */
  images(field: string): ImageReference[] {
    const value = this.record[field]
    if (value === undefined || value === null || value === '') return []
    const list = Array.isArray(value) ? value : [value]
    return list.flatMap((entry) => this.image(field, entry) ?? [])
  }

  image(field: string, value: Json): ImageReference | null {
    if (typeof value === 'string' && value !== '') return { kind: 'text', text: value, field }
    if (isObject(value)) {
      if (typeof value.bytes === 'string' && value.bytes !== '') return { kind: 'base64', base64: value.bytes, field }
      if (typeof value.path === 'string' && value.path !== '' && (value.bytes === undefined || value.bytes === null)) {
        return { kind: 'text', text: value.path, field }
      }
    }
    const found = value === '' ? 'an empty text' : kindOf(value)
    const wanted = 'a path, a data URL, or {bytes, path} with bytes in base64'
    this.add(field, 'wrong-type', `“${field}” holds ${found} where an image belongs: ${wanted}.`)
    return null
  }

  /** The pair, or the faults found until now; a record without any must still pass the checks that every format shares. */
  finish(pair: Omit<RawPair, 'metadata' | 'externalId'>, used: readonly string[]): Reading {
    const externalId = this.id()
    if (this.faults.length === 0) {
      for (const side of ['chosen', 'rejected'] as const) {
        if (pair[side].trim() === '') this.add(side, 'empty-text', `“${side}” is empty.`)
      }
    }
    if (this.faults.length === 0 && pair.chosen.trim() === pair.rejected.trim()) {
      this.add('rejected', 'same-responses', '“chosen” and “rejected” are the same text.')
    }
    if (this.faults.length > 0) return { faults: this.faults }
    const metadata = Object.fromEntries(Object.entries(this.record).filter(([key]) => key !== 'id' && !used.includes(key)))
    return { pair: { externalId, ...pair, metadata } }
  }
}
