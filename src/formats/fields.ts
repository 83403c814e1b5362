import type { QuarantineCode } from '../contract/imports.ts'
import { canonical, promptText, type Message } from '../core/messages.ts'
import { fault, type Fault, type ImageReference, type RawPair, type Reading } from './format.ts'
import { isObject, kindOf, type Json, type JsonObject, type Value } from './value.ts'
import { imageFieldsOf } from './images/image-fields.ts'
import { imageIn, imagesIn, isNoImage } from './images/image-values.ts'
import { structured } from './structured.ts'

export { structured }

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

/** A text that was printed from a list or array: no image is called so. */
const UNREAD_LIST = /^\s*(?:\[[^]*\]|array\([^]*\))\s*$/

/** Different faults of one kind and field that are told. */
const MAX_KINDS = 3
type Told = { kind: string; fault: Fault; reason: string; more: number }

/**
 * Reads the fields of one record and gathers what is wrong with them, so that a record names all its faults at once.
 * Texts are kept to the letter: what is exported is what was imported.
 */
export class Fields {
  readonly faults: Fault[] = []
  readonly record: JsonObject
  readonly #told = new Map<string, Told[]>()

  constructor(record: JsonObject) {
    this.record = record
  }

  /**
   * Notes a fault. Entries of one list that have the same fault are one fault: the first of them, with how many more
   * there are; a field has three different ones at most.
   */
  addFault(field: string | null, code: QuarantineCode, reason: string): void {
    const place = `${code} ${field?.replace(/\[\d+\]|\.\d+(?=\.|$)/g, '[]')}`
    const kind = reason.replace(/\d+/g, '')
    const told = this.#told.get(place) ?? []
    const known = told.find((each) => each.kind === kind) ?? told[MAX_KINDS - 1]
    if (known) {
      known.more += 1
      known.fault.reason = `${known.reason} ${known.more === 1 ? 'One more entry has' : `${known.more} more entries have`} the same problem.`
      return
    }
    const found = fault(field, code, reason)
    this.#told.set(place, [...told, { kind, fault: found, reason, more: 0 }])
    this.faults.push(found)
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
    this.addFault(field, 'wrong-type', `“${field}” is ${kindOf(value)}, not text or a number.`)
    return null
  }

  /** A text that may be empty. */
  text(field: string, value = this.get(field)): string {
    if (value === undefined || value === null) {
      this.addFault(field, 'missing-field', `“${field}” is missing.`)
      return ''
    }
    if (typeof value !== 'string') {
      this.addFault(field, 'wrong-type', `“${field}” is ${kindOf(value)}, not text.`)
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
    if (!value.isWellFormed())
      this.addFault(field, 'invalid-utf8', `“${field}” contains half of a surrogate pair, which is not valid Unicode.`)
    return value
  }

  /**
   * The record's images and the fields that hold them: of `own`, the names that the format uses, or else one that is called
   * after an image (see `imageFieldsOf`). `field` is the first of them, or of `own`, for messages.
   */
  recordImages(...own: [string, ...string[]]): { field: string; used: string[]; images: ImageReference[] } {
    const found = imageFieldsOf(this.record, own)
    return {
      field: found[0] ?? own[0],
      used: [...new Set([...own, ...found])].filter((name) => found.includes(name) || !this.#holds(name)),
      images: found.flatMap((name) => this.images(name)),
    }
  }

  #holds(field: string): boolean {
    return !isNoImage(structured(this.get(field) ?? null))
  }

  /**
   * Images named by `field`: what says that there is none (see `isNoImage`) is none; text is a path or URL; `{bytes, path}` as
   * Hugging Face writes it, bytes before the path; a list of these, which may stand as JSON or Python's list in a text (CSV).
   */
  images(field: string, value: Value | undefined = this.get(field)): ImageReference[] {
    const given = structured(value ?? null)
    if (isNoImage(given)) return []
    if (typeof given === 'string' && UNREAD_LIST.test(given)) {
      this.addFault(
        field,
        'wrong-type',
        `“${field}” contains a list that cannot be read: ${given.includes('...') ? 'its middle was cut out (...)' : 'it is neither JSON nor a Python or NumPy list'}.`,
      )
      return []
    }
    const images = imagesIn(field, given, (found) => this.#noImage(field, found))
    for (const image of images) if (image.kind === 'text') this.wellFormed(field, image.text)
    return images
  }

  /** The one image that a part of a turn carries itself. */
  image(field: string, value: Value): ImageReference | null {
    const image = isNoImage(value) ? null : imageIn(field, value)
    if (image === null) this.#noImage(field, value === '' ? 'an empty text' : kindOf(value))
    else if (image.kind === 'text') this.wellFormed(field, image.text)
    return image
  }

  #noImage(field: string, found: string): void {
    this.addFault(field, 'wrong-type', `“${field}” is ${found}, not an image: a path, a data URL, or {bytes, path} with bytes in base64.`)
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
      if (pair[side].trim() === '') this.addFault(side, 'empty-text', `The ${side} response is empty.`)
    }
    if (this.faults.length === 0 && pair.chosen.trim() === pair.rejected.trim()) {
      this.addFault('rejected', 'same-responses', 'The two responses are the same text.')
    }
  }
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
