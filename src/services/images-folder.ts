import { stat } from 'node:fs/promises'
import path from 'node:path'
import { BlindfoldError } from '../core/errors.ts'
import { openRecords } from '../formats/container.ts'
import { detectFormat, formatById } from '../formats/detect.ts'
import type { Format, ImageReference } from '../formats/format.ts'
import { ImageFault, imagePath } from '../formats/images.ts'
import { parseRecord } from '../formats/record.ts'

/** Image paths that are looked for before a folder is settled on. */
const ENOUGH = 20
/** Where data sets keep their images, beside the file; the file's own folder first. */
const USUAL = ['.', 'images', 'image', 'imgs']

/**
 * The folder that relative image paths start from: the one given, or else of the usual places the one where most of the
 * first images are, the file's own folder where that is none of them.
 *
 * @throws BlindfoldError FILE_NOT_FOUND where the given folder does not exist; what reading the file throws
 */
export async function imagesFolder(given: string | undefined, file: string, format: Format['id'] | 'auto'): Promise<string> {
  if (given) return existingFolder(given)
  const images = await firstImages(file, format)
  const folders = USUAL.map((name) => path.join(path.dirname(file), name))
  const found = await Promise.all(folders.map((folder) => howMany(images, folder)))
  return folders[found.indexOf(Math.max(...found))] ?? path.dirname(file)
}

/** @throws BlindfoldError FILE_NOT_FOUND */
export async function existingFolder(given: string): Promise<string> {
  const folder = path.resolve(given)
  if (await stat(folder).then((found) => found.isDirectory(), () => false)) return folder
  throw new BlindfoldError('FILE_NOT_FOUND', `There is no folder ${folder}.`, {
    file: folder,
    field: 'imagesDir',
    remedy: 'Choose the folder that the image paths start from.',
  })
}

async function firstImages(file: string, wanted: Format['id'] | 'auto'): Promise<ImageReference[]> {
  const source = await openRecords(file)
  try {
    const format = wanted === 'auto' ? (await detectFormat(source, file)).format : formatById(wanted)
    const images: ImageReference[] = []
    let looked = 0
    for await (const raw of source.records()) {
      const parsed = parseRecord(raw)
      const reading = 'fault' in parsed ? null : format.read(parsed.record)
      if (reading && 'pair' in reading) images.push(...reading.pair.images)
      if (images.length >= ENOUGH || ++looked === 10 * ENOUGH) break
    }
    return images
  } finally {
    await source.close()
  }
}

async function howMany(images: readonly ImageReference[], folder: string): Promise<number> {
  const there = await Promise.all(images.map((image) => exists(image, folder)))
  return there.filter(Boolean).length
}

async function exists(image: ImageReference, folder: string): Promise<boolean> {
  try {
    const file = imagePath(image, folder)
    return file !== null && (await stat(file)).isFile()
  } catch (error) {
    // A path that names no file, or one that cannot be: the import says so of its row.
    if (error instanceof ImageFault || (error as NodeJS.ErrnoException).code) return false
    throw error
  }
}
