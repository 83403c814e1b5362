import type { ExportFormat } from '../../contract/exports.ts'
import type { Message } from '../../core/messages.ts'
import type { PairFeatures } from '../../core/pair-features.ts'
import type { ColumnValue, ExportedColumn } from '../../core/pair-columns.ts'
import type { RestoredAnnotation } from '../format.ts'
import type { Json } from '../value.ts'
import type { WrittenFile } from './hashed-file.ts'
import type { Column } from './schema.ts'

/** How the records of a format are written to a file. */
export type OutputContainer = 'json-lines' | 'json-array' | 'csv' | 'parquet'

/**
 * An image as a record names it: a path relative to the export's folder, a data URL, the reference of a missing image, or
 * the bytes themselves (Parquet).
 */
export type WrittenImage = { text: string; bytes: Uint8Array | null; missing: boolean }

/** A pair as it is written, all its options settled. */
export type WrittenPair = { [Name in ExportedColumn]: ColumnValue<Name> } & {
  uid: string
  /** Null too where another pair of the same split has the same id and was written before. */
  externalId: string | null
  /** The split that the record's file holds; in Blindfold JSONL the pair's own, which may be ''. */
  split: string
  prompt: string
  chosen: string
  rejected: string
  /** Null where the prompt is in the simple form: one user turn of all images and then the text. */
  messages: Message[] | null
  original: { prompt: string; chosen: string; rejected: string; messages: Message[] | null; tied: boolean }
  metadata: { [key: string]: Json }
  history: RestoredAnnotation[]
  /** Audit SFC over the mean of the audit SFCs of all pairs written, 1 where it has none; by the prior SFC where no pair has an audit. */
  weight: number
}

/** What all records of an export have in common, so that their columns have one type each. */
export type Shape = {
  /** Prompts and responses are lists of messages. */
  messages: boolean
  /** The most images that a pair names. */
  images: 'none' | 'one' | 'several'
  container: OutputContainer
  /** Bytes or data URLs instead of paths. */
  embedded: boolean
  /** The columns of `extraColumns` stand beside the pair. */
  columns: boolean
  /** Texts are those of the import, and so is everything else. */
  original: boolean
  /** CSV: cells that a spreadsheet may run as a formula are guarded; `needed` once there is one. */
  guard: 'off' | 'wanted' | 'needed'
}

/** Makes room in the shape for a pair that will be written. */
export function widen(shape: Shape, { images, turns, messageLike, formulas }: PairFeatures): void {
  if (images === 2) shape.images = 'several'
  else if (images === 1 && shape.images === 'none') shape.images = 'one'
  if (shape.guard === 'wanted' && (formulas.prompt || formulas.chosen || formulas.rejected)) shape.guard = 'needed'
  if (images > 0 || turns !== 'simple' || messageLike) shape.messages = true
}

export type Value = Json | Uint8Array | Value[] | { [key: string]: Value | undefined }
export type Record = { [key: string]: Value | undefined }

/** A field that reads back as nothing or as something else, and why, in a sentence. */
export type Loss = { field: string; why: string }

/** A format that is written. One file each; `docs/formats.md` describes them for people. */
export type Writer = {
  id: ExportFormat
  name: string
  container: OutputContainer
  /** Whether those who read the format take images from within the records. */
  embeds: boolean
  /** The file of a split, `/` between folders. */
  file(split: string): string
  /** Why a pair cannot be written at all, in a sentence; such pairs are left out. Null where it can. */
  refuses(features: PairFeatures): string | null
  /** Whether the turns of a prompt that is not in the simple form are written as such; `record` gets them as null else. */
  keepsTurns(features: PairFeatures): boolean
  /** What of a pair that is written does not come back. */
  lost(features: PairFeatures, shape: Shape): Loss[]
  /** The columns of a record, for Parquet and the dataset card; null where they differ from record to record. */
  columns(shape: Shape): Column[] | null
  record(pair: WrittenPair, images: readonly WrittenImage[], shape: Shape): Record
  /** Further files that say how the data is to be read, by name. */
  beside?(files: readonly { split: string; file: string }[], shape: Shape): { [name: string]: string }
}

/** One data file, record by record. */
export type Sink = {
  write(record: Record): Promise<void>
  close(): Promise<WrittenFile>
  /** For a file that will be removed. */
  abandon(): Promise<void>
}
