import type { QuarantineCode } from '../contract/imports.ts'
import { canonical, promptText, type Message } from '../core/messages.ts'
import { fault, isObject, kindOf, type Fault, type ImageReference, type Json, type JsonObject, type RawPair, type Reading, type Value } from './format.ts'

/** What a reader found out of a pair; `finish` does the rest. */
export type StatedPair = {
  prompt: Message[]
  images: ImageReference[]
  chosen: string
  rejected: string
  tied?: boolean
  /** Where it is not the record's `id`, which then is a field like others. */
  externalId?: string | null
  /** Beside the fields that the reader did not use. */
  metadata?: { [key: string]: Json }
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

  /** An own field: names such as `constructor` are fields like others. */
  get(field: string): Value | undefined {
    return Object.hasOwn(this.record, field) ? this.record[field] : undefined
  }

  /** Whether the field holds something: not absent, null, '' or []. */
  has(field: string): boolean {
    const value = this.get(field)
    return value !== undefined && value !== null && value !== '' && !(Array.isArray(value) && value.length === 0)
  }

  /** The record's own id as text. Numbers are written out; null and absent are no id. */
  id(field = 'id', value = this.get(field)): string | null {
    if (value === undefined || value === null || value === '') return null
    if (typeof value === 'string') return this.wellFormed(field, value)
    if (typeof value === 'number') return String(value)
    this.add(field, 'wrong-type', `“${field}” is ${kindOf(value)}, not text or a number.`)
    return null
  }

  /** A text that may be empty. */
  text(field: string, value = this.get(field)): string {
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

  /** A text, or '' where the field is absent or null. */
  optionalText(field: string): string {
    const value = this.get(field)
    return value === undefined || value === null ? '' : this.text(field)
  }

  /** Half a surrogate pair (JSON's `\ud800`) cannot be stored as UTF-8 and would come back as another text. */
  wellFormed(field: string, value: string): string {
    if (!value.isWellFormed()) this.add(field, 'invalid-utf8', `“${field}” holds half of a surrogate pair: it is not valid Unicode.`)
    return value
  }

  /**
   * Images named by `field`: absent, null, '' or [] are none; text is a path or URL; `{bytes, path}` as Hugging Face
   * writes it, bytes before the path; a list of these, which may stand as JSON in a text (CSV).
   */
  images(field: string, value: Value | undefined = this.get(field)): ImageReference[] {
    if (value === undefined || value === null || value === '') return []
    const given = structured(value)
    const list = Array.isArray(given) ? given : [given]
    return list.flatMap((entry) => this.image(field, entry) ?? [])
  }

  image(field: string, value: Value): ImageReference | null {
    if (typeof value === 'string' && value !== '') return namedImage(field, this.wellFormed(field, value))
    if (value instanceof Uint8Array && value.length > 0) return { kind: 'bytes', bytes: value, name: null, field }
    if (isObject(value)) {
      const { bytes, path } = value
      const name = typeof path === 'string' && path !== '' ? this.wellFormed(field, path) : null
      if (bytes instanceof Uint8Array && bytes.length > 0) return { kind: 'bytes', bytes, name, field }
      if (typeof bytes === 'string' && bytes !== '') return { kind: 'base64', base64: bytes, field }
      if (name !== null && (bytes === undefined || bytes === null)) return { kind: 'text', text: name, field }
    }
    const found = value === '' ? 'an empty text' : kindOf(value)
    const wanted = 'a path, a data URL, or {bytes, path} with bytes in base64'
    this.add(field, 'wrong-type', `“${field}” holds ${found} where an image belongs: ${wanted}.`)
    return null
  }

  /** A record that states one pair: the pair, or the faults found until now and those that every format looks for. */
  finish(pair: StatedPair, used: readonly string[]): Reading {
    return this.finishAll([pair], used)
  }

  /** All pairs of the record, or its faults. `used` are the fields that are not metadata. */
  finishAll(pairs: readonly StatedPair[], used: readonly string[]): Reading {
    const ownId = pairs.some(({ externalId }) => externalId === undefined)
    const id = ownId ? this.id() : null
    const rest = metadataOf(this.record, ownId ? ['id', ...used] : used)
    const read = pairs.map((pair): RawPair | null => {
      this.#check(pair)
      if (this.faults.length > 0) return null
      const { prompt, images, chosen, rejected, tied = false, externalId = id, metadata: own } = pair
      const messages = canonical(prompt, images.length)
      return {
        externalId,
        prompt: promptText(messages ?? prompt),
        messages,
        chosen,
        rejected,
        images,
        metadata: { ...rest, ...own },
        tied,
        source: null,
        split: null,
        tags: [],
        history: [],
      }
    })
    if (this.faults.length > 0) return { faults: this.faults }
    return { pairs: read.filter((pair) => pair !== null) }
  }

  #check(pair: StatedPair): void {
    if (this.faults.length > 0) return
    for (const side of ['chosen', 'rejected'] as const) {
      if (pair[side].trim() === '') this.add(side, 'empty-text', `The ${side} response is empty.`)
    }
    if (this.faults.length === 0 && pair.chosen.trim() === pair.rejected.trim()) {
      this.add('rejected', 'same-responses', 'The two responses are the same text.')
    }
  }
}

/** Lists and objects that stand as JSON in a text, as in CSV, are what they say; any other value is itself. */
export function structured(value: Value): Value {
  if (typeof value !== 'string' || !/^\s*[[{]/.test(value)) return value
  try {
    const parsed = JSON.parse(value) as Value
    return typeof parsed === 'object' && parsed !== null && !deeper(parsed, MAX_DEPTH) ? parsed : value
  } catch {
    return value
  }
}

/** As for records themselves: far more would exhaust the stack of whatever copies or writes the value. */
const MAX_DEPTH = 100

function deeper(value: Value, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return levels === 0 || Object.values(value).some((inner) => deeper(inner as Value, levels - 1))
}

/** First characters of JPEG, PNG, WebP and GIF in base64. */
const BARE_BASE64 = /^(\/9j\/|iVBORw0KGgo|UklGR|R0lGOD)[A-Za-z0-9+/\s]*={0,2}\s*$/

/** A path or URL; or plain base64, which no path looks like: it begins like an image and is long. */
function namedImage(field: string, text: string): ImageReference {
  return text.length >= 100 && BARE_BASE64.test(text) ? { kind: 'base64', base64: text, field } : { kind: 'text', text, field }
}

/** The fields of a record that were not used, as they can be stored. */
export function metadataOf(record: JsonObject, used: readonly string[]): { [key: string]: Json } {
  return Object.fromEntries(Object.entries(record).flatMap(([key, value]) => (used.includes(key) ? [] : [[key, storable(value)]])))
}

/** Bytes that no reader asked for are not kept: their length stands for them. */
function storable(value: Value): Json {
  if (value instanceof Uint8Array) return `(${value.length} bytes)`
  if (Array.isArray(value)) return value.map(storable)
  return isObject(value) ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, storable(inner)])) : value
}
