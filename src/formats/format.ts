import type { FormatId, QuarantineCode, Rejection } from '../contract/imports.ts'
import type { PairStatus } from '../contract/pairs.ts'
import type { Message } from '../core/messages.ts'
import type { Sides } from './labels/verdict.ts'
import type { Json, JsonObject, Value } from './value.ts'

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

/** Where a record says which of its two responses is better. */
export type LabelUse = {
  /** Null where scores or flags say it. */
  column: string | null
  /** The columns that say it, be it a label, scores or flags. */
  used: readonly string[]
  value: Value
  sides: Sides
  first: string
  second: string
}

/** A column that may contain turns or texts, its value in one record, and whether that is turns, be it in a text. */
export type MixedColumn = { column: string; value: Value | undefined; turns: boolean }

/** A native record format. `docs/formats.md` describes each for people. */
export type Format = {
  id: FormatId
  name: string
  /** Its shape in one line, for messages. */
  shape: string
  /** How much a record looks like this format by its content, 0 to 1; a damaged record still scores something. */
  score(record: JsonObject): number
  read(record: JsonObject): Reading
  /** What says which response is better, where that is not the format itself; null where the record has no two responses. */
  label?(record: JsonObject): LabelUse | null
  /** Columns of the record that may contain turns or texts: all values of a column are read alike. */
  mixed?(record: JsonObject): MixedColumn[]
  /** Its records bring along what was said of their pairs. */
  judges?: true
}

export const fault = (field: string | null, code: QuarantineCode, reason: string): Fault => ({ field, code, reason })

const MAX_FIELD = 200
const MAX_REASON = 2000

/** One fault for one record: field and code of the first, the reasons of all, cut where data made them long. */
export function mergeFaults(faults: Fault[]): Fault {
  const [first] = faults
  if (!first) throw new Error('mergeFaults: no fault')
  const reason = faults.map(({ reason: each }) => each).join(' ')
  return { ...first, field: first.field && cut(first.field, MAX_FIELD), reason: cut(reason, MAX_REASON) }
}

const cut = (text: string, length: number): string => (text.length > length ? `${text.slice(0, length - 1)}…` : text).toWellFormed()
