import { identified } from '../../db/pairs/hash.ts'
import type { NewImage, NewMedia, NewPair, NewRejection } from '../../db/pairs/batch.ts'
import { mergeFaults, type Fault, type Format, type ImageReference, type RawPair } from '../../formats/format.ts'
import { ImageFault, MissingImage } from '../../formats/images/images.ts'
import type { MediaStore } from '../../formats/images/media-store.ts'
import { parseRecord, rawText, type RawRecord } from '../../formats/record.ts'
import { remarksOf, type Remark } from '../../formats/remarks.ts'

/** A record as the database takes it: its pairs with their images, which now lie in the project, or why it is none. */
export type Prepared = { pairs: NewPair[]; media: NewMedia[]; remarks: Remark[] } | { rejection: NewRejection }

/** How the records of a file are read. */
export type Reader = {
  format: Format
  store: MediaStore
  /** The import was told the split, which then holds whatever a record says. */
  splitGiven: boolean
}

/**
 * Parses a record, reads it in its format and stores its images. An image that cannot be had leaves a gap in its pair; one
 * that is no image refuses the whole record. Rejects only where the project cannot be written; gives no promise where there
 * is nothing to wait for.
 */
export function prepare(raw: RawRecord, { format, store, splitGiven }: Reader): Prepared | Promise<Prepared> {
  const parsed = parseRecord(raw)
  if ('fault' in parsed) return reject(raw, parsed.fault)
  const reading = format.read(parsed.record)
  if ('faults' in reading) return reject(raw, mergeFaults(reading.faults))
  const remarks = remarksOf(parsed.record, reading.pairs, parsed.lost, format.label?.(parsed.record)?.used)
  const complete = (pair: RawPair, part: number, images: NewImage[]): NewPair =>
    identified({
      ...pair,
      split: splitGiven ? null : (pair.split ?? raw.split ?? null),
      row: raw.row,
      part,
      images,
    })
  if (reading.pairs.every(({ images }) => images.length === 0)) {
    return { pairs: reading.pairs.map((pair, part) => complete(pair, part, [])), media: [], remarks }
  }
  return withImages(raw, reading.pairs, store, complete, remarks)
}

async function withImages(
  raw: RawRecord,
  stated: readonly RawPair[],
  store: MediaStore,
  complete: (pair: RawPair, part: number, images: NewImage[]) => NewPair,
  remarks: Remark[],
): Promise<Prepared> {
  const media = new Map<string, NewMedia>()
  // Pairs of one record show the same images as a rule.
  const known = new Map<ImageReference, NewImage>()
  const pairs: NewPair[] = []
  for (const [part, pair] of stated.entries()) {
    const images: NewImage[] = []
    for (const reference of pair.images) {
      let image = known.get(reference)
      if (image === undefined) {
        try {
          const stored = await store.put(reference)
          media.set(stored.hash, stored)
          image =
            reference.kind === 'text' && !/^data:/i.test(reference.text) ? { hash: stored.hash, reference: reference.text } : stored.hash
        } catch (error) {
          if (error instanceof MissingImage) image = { missing: error.reference, reason: error.reason }
          else if (error instanceof ImageFault) return reject(raw, error.at(reference.field))
          else throw error
        }
        known.set(reference, image)
      }
      images.push(image)
    }
    pairs.push(complete(pair, part, images))
  }
  return { pairs, media: [...media.values()], remarks }
}

function reject(raw: RawRecord, fault: Fault): Prepared {
  return { rejection: { row: raw.row, ...fault, raw: rawText(raw) } }
}
