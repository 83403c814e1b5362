import type { QuarantineCode, RemarkCode } from '../../contract/imports.ts'
import type { PairStatus } from '../../contract/pairs.ts'
import type { Message } from '../../core/messages.ts'

/** One annotation that a pair brings along; texts are null where they are as imported. */
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

/** An image of a pair: its content hash, with what the record calls it where it has a name, or that name and why it cannot be had. */
export type NewImage = string | { hash: string; reference: string } | { missing: string; reason: string }

/** A pair that was read and found good, as its record states it. */
export type StatedPair = {
  row: number
  /** Which pair of its record, from 0. */
  part: number
  externalId: string | null
  prompt: string
  /** Null where the prompt is one user turn of its images and then its text. */
  messages: Message[] | null
  chosen: string
  rejected: string
  /** In the order of the prompt; those that are there have their media in the batch or in the project. */
  images: readonly NewImage[]
  metadata: Record<string, unknown>
  /** Judged equally good: its status is tied from the beginning. */
  tied: boolean
  /** Where they differ from those of the import; null where they do not. */
  source: string | null
  split: string | null
  tags: readonly string[]
  /** What was said of the pair elsewhere, oldest first. */
  history: readonly RestoredAnnotation[]
}

/** A pair with its hashes, which the reading thread works out: see `identified`. */
export type NewPair = Omit<StatedPair, 'metadata'> & {
  /** JSON. */
  metadata: string
  uid: string
  textHash: string
  /** The key that groups it, where it names no image. */
  promptKey: string | null
}

export type NewMedia = { hash: string; mime: string; width: number; height: number; bytes: number }

/** A record that is no pair, as a whole. */
export type NewRejection = { row: number; field: string | null; code: QuarantineCode; reason: string; raw: string }

/** What is to be said of a field: of how many records, the first of them in `firstRow`. */
export type NewRemark = { code: RemarkCode; field: string; records: number; firstRow: number }

export type Batch = {
  importId: number
  /** Image files that already lie in `media/`. Known ones may be among them. */
  media: readonly NewMedia[]
  /** Whole records: all pairs of a record are in one batch. */
  pairs: readonly NewPair[]
  rejections: readonly NewRejection[]
  /** What is to be said of fields of these records, counted; absent for none. */
  remarks?: readonly NewRemark[]
  /**
   * Records read since the import began, this batch included: where a resumed import goes on. Null where these rows
   * were counted before and are tried again from the quarantine.
   */
  records: number | null
}

/**
 * What became of a batch: every pair and rejection is in exactly one of the first three; `tied` and `incomplete` (an image
 * is missing) are among the imported. `images` counts new media.
 */
export type BatchOutcome = {
  imported: number
  skipped: number
  quarantined: number
  tied: number
  incomplete: number
  images: number
}

/** Characters of a raw record that the quarantine keeps. */
export const RAW_LIMIT = 20_000
