import path from 'node:path'
import type { ImportPreview, Rejection } from '../contract/imports.ts'
import { openRecords } from '../formats/container.ts'
import { detectFormat, formatById } from '../formats/detect.ts'
import { mergeFaults, type Format, type ImageReference } from '../formats/format.ts'
import { ImageFault, imageHeader, imageName, imagePath, inlineBytes, readImageFile, thumbnail } from '../formats/images.ts'
import { parseRecord, type RawRecord } from '../formats/record.ts'
import { inOrder } from '../jobs/intake/in-order.ts'

/** Records that are looked at, and good pairs that are shown. */
const RECORDS = 200
const PAIRS = 10
const WIDTH = 4

type Request = { file: string; imagesDir: string; format: Format['id'] | 'auto' }
type Shown = ImportPreview['pairs'][number]

/**
 * What an import of the file would make of its first records. Writes nothing.
 *
 * @throws BlindfoldError FILE_NOT_FOUND, FILE_UNREADABLE, FORMAT_UNKNOWN
 */
export async function previewFile({ file, imagesDir, format: wanted }: Request): Promise<ImportPreview> {
  const source = await openRecords(file)
  try {
    const detected = wanted === 'auto' ? await detectFormat(source, file) : { format: formatById(wanted), confidence: 1 }
    const pairs: Shown[] = []
    const rejections: Rejection[] = []
    const work = (raw: RawRecord) => look(raw, detected.format, imagesDir)
    for await (const { result } of inOrder(first(source.records(), RECORDS), WIDTH, work)) {
      if ('reason' in result) rejections.push(result)
      else if (pairs.length < PAIRS) pairs.push(await withThumbnails(result))
    }
    return {
      file,
      bytes: source.bytes,
      format: detected.format.id,
      confidence: Math.min(1, detected.confidence),
      imagesDir,
      suggestedSource: suggestSource(file),
      pairs,
      rejections,
    }
  } finally {
    await source.close()
  }
}

type Looked = Omit<Shown, 'thumbnails'> & { images: { bytes: () => Promise<Buffer>; name: string }[] }

/** Reads one record and the headers of its images; every pixel is decoded only when the record is imported. */
async function look(raw: RawRecord, format: Format, imagesDir: string): Promise<Looked | Rejection> {
  const { row } = raw
  const parsed = parseRecord(raw)
  if ('fault' in parsed) return { row, ...parsed.fault }
  const reading = format.read(parsed.record)
  if ('faults' in reading) return { row, ...mergeFaults(reading.faults) }
  const { externalId, prompt, chosen, rejected, images } = reading.pair
  try {
    const opened: Looked['images'] = []
    for (const reference of images) {
      const name = imageName(reference)
      await imageHeader(await imageBytes(reference, imagesDir), name)
      opened.push({ bytes: () => imageBytes(reference, imagesDir), name })
    }
    return { row, externalId, prompt, chosen, rejected, images: opened }
  } catch (error) {
    if (error instanceof ImageFault) return { row, ...error.at(images[0]?.field ?? 'image') }
    throw error
  }
}

async function imageBytes(reference: ImageReference, imagesDir: string): Promise<Buffer> {
  const file = imagePath(reference, imagesDir)
  return file === null ? inlineBytes(reference) : readImageFile(file)
}

/** An image whose header is good and whose pixels are not has no thumbnail; importing it says what is wrong. */
async function withThumbnails({ images, ...pair }: Looked): Promise<Shown> {
  const made = await Promise.all(
    images.map(async ({ bytes, name }) =>
      thumbnail(await bytes(), name).catch((error: unknown) => {
        if (error instanceof ImageFault) return null
        throw error
      }),
    ),
  )
  return { ...pair, thumbnails: made.filter((url) => url !== null) }
}

async function* first<Item>(items: AsyncIterable<Item>, count: number): AsyncGenerator<Item, void, undefined> {
  let seen = 0
  for await (const item of items) {
    yield item
    if (++seen === count) return
  }
}

const GENERIC = /^(train(ing)?|test|val(id(ation)?)?|dev|data(set)?|pairs|preferences?|dpo|index|output|sample|all)$/i

/** A name for the source: the file's own, or its folder's where the file is called what every data file is called. */
function suggestSource(file: string): string {
  const stem = path.basename(file).replace(/(\.(jsonl?|ndjson|txt))+$/i, '')
  const folder = path.basename(path.dirname(file))
  return ((GENERIC.test(stem) || stem === '') && folder !== '' ? folder : stem || 'source').slice(0, 200)
}
