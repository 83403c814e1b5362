import type { NewMedia, NewPair, NewRejection } from '../../db/pairs/insert.ts'
import { mergeFaults, type Fault, type Format } from '../../formats/format.ts'
import { ImageFault } from '../../formats/images.ts'
import type { MediaStore } from '../../formats/media-store.ts'
import { parseRecord, rawText, type RawRecord } from '../../formats/record.ts'

/** A record as the database takes it: a pair with its images, which now lie in the project, or why it is none. */
export type Prepared = { pair: NewPair; media: NewMedia[] } | { rejection: NewRejection }

/** Parses a record, reads it in its format and stores its images. Rejects only where the project cannot be written. */
export async function prepare(raw: RawRecord, format: Format, store: MediaStore): Promise<Prepared> {
  const reject = (fault: Fault): Prepared => ({ rejection: { row: raw.row, ...fault, raw: rawText(raw) } })
  const parsed = parseRecord(raw)
  if ('fault' in parsed) return reject(parsed.fault)
  const reading = format.read(parsed.record)
  if ('faults' in reading) return reject(mergeFaults(reading.faults))
  const { images, ...pair } = reading.pair
  const media: NewMedia[] = []
  for (const reference of images) {
    try {
      media.push(await store.put(reference))
    } catch (error) {
      if (error instanceof ImageFault) return reject(error.at(reference.field))
      throw error
    }
  }
  return { pair: { row: raw.row, ...pair, images: media.map(({ hash }) => hash), raw: rawText(raw) }, media }
}
