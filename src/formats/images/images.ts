import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import type { QuarantineCode } from '../../contract/imports.ts'
import { BlindfoldError } from '../../core/errors.ts'
import { imageType } from '../../core/image-type.ts'
import { bmpPixels, bmpSize } from '../../node/pictures/bmp.ts'
import type { Fault, ImageReference } from '../format.ts'
import { codeOf, isAbsent, readError } from '../read-error.ts'
import { decoder, MAX_IMAGE_PIXELS, openPicture, turns } from '../../node/pictures/picture.ts'

/** Larger files are refused before they are read. */
export const MAX_IMAGE_BYTES = 64 * 2 ** 20

/** What a browser shows and the trainer reads. SVG is text that can hold scripts, and is none of them. */
const SUPPORTED: Record<string, string> = {
  'image/png': 'png',
  'image/jpeg': 'jpg',
  'image/webp': 'webp',
  'image/gif': 'gif',
  'image/avif': 'avif',
  'image/bmp': 'bmp',
}

/** The one type that sharp does not read. */
const BMP = 'image/bmp'

/** Pictures up to this size are decoded whole. */
const WHOLE_PIXELS = 1_000_000

/** Size in pixels as shown, that is with the EXIF orientation applied. */
export type ImageFacts = { mime: string; width: number; height: number }

/** Why an image of a record cannot be had. */
export class ImageFault extends Error {
  readonly code: QuarantineCode

  constructor(code: QuarantineCode, message: string) {
    super(message)
    this.code = code
  }

  at(field: string): Fault {
    return { field, code: this.code, reason: this.message }
  }
}

/** The image that a record names is not there, or may not be read from where it is. Its pair comes in without it. */
export class MissingImage extends Error {
  readonly reference: string
  readonly reason: string

  constructor(reference: string, reason: string) {
    super(reason)
    this.reference = reference
    this.reason = reason
  }
}

const unreadable = (message: string) => new ImageFault('unreadable-image', message)

/** The usual name ending of an image type, without the dot. */
export const extensionOf = (mime: string): string => SUPPORTED[mime] ?? 'bin'

const MAX_NAME = 300
/** A name as messages show it: not at any length. */
export const shortName = (text: string): string => (text.length > MAX_NAME ? `${text.slice(0, MAX_NAME)}…` : text)

/**
 * The bytes of an image that carries them itself: a base64 data URL or plain base64.
 *
 * @throws ImageFault
 */
export function inlineBytes(reference: ImageReference): Buffer {
  let base64: string
  if (reference.kind === 'bytes') return Buffer.from(reference.bytes)
  if (reference.kind === 'base64') base64 = reference.base64
  else {
    const head = /^data:[^,]{0,200};base64,/i.exec(reference.text)
    if (!head) throw unreadable('The data URL is not base64.')
    base64 = reference.text.slice(head[0].length)
  }
  if (!/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(base64)) throw unreadable('The bytes of the image are not valid base64.')
  const bytes = Buffer.from(base64, 'base64')
  if (bytes.length > MAX_IMAGE_BYTES) throw tooLarge(bytes.length)
  return bytes
}

const tooLarge = (bytes: number) => unreadable(`At most ${MAX_IMAGE_BYTES} bytes per image; this one has ${bytes}.`)

/**
 * Reads an image file. Only regular files: a pipe or device never blocks an import.
 *
 * @throws ImageFault for what is no image file; MissingImage; BlindfoldError FILE_UNREADABLE where the system refuses it
 */
export async function readImageFile(file: string, reference = file): Promise<Buffer> {
  let handle
  try {
    handle = await open(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  } catch (error) {
    if (isAbsent(error)) throw new MissingImage(reference, `File ${shortName(file)} not found.`)
    // Pipes and devices that nothing is behind cannot even be opened.
    if (['ENXIO', 'ENODEV'].includes(codeOf(error) ?? '')) throw unreadable(`${shortName(file)} is not a regular file.`)
    throw readError(error, file)
  }
  try {
    const stat = await handle.stat()
    if (!stat.isFile()) throw unreadable(`${shortName(file)} is not a regular file.`)
    if (stat.size > MAX_IMAGE_BYTES) throw tooLarge(stat.size)
    return await handle.readFile()
  } catch (error) {
    if (error instanceof ImageFault) throw error
    throw readError(error, file)
  } finally {
    await handle.close()
  }
}

/**
 * Type and size from the header alone.
 *
 * @param name what the image is called in messages
 * @throws ImageFault
 */
export async function imageHeader(bytes: Buffer, name: string): Promise<ImageFacts> {
  if (bytes.length === 0) throw unreadable(`${name} is empty.`)
  const mime = imageType(bytes)
  if (mime === null || !(mime in SUPPORTED)) {
    throw unreadable(`${name} is ${mime ?? 'not a supported image format'}. Blindfold reads PNG, JPEG, WebP, GIF, BMP and AVIF.`)
  }
  try {
    if (mime === BMP) return { mime, ...withinLimit(bmpSize(bytes)) }
    const { width, height, autoOrient } = await decoder(bytes).metadata()
    return { mime, ...(turns(bytes) ? { width: autoOrient.width, height: autoOrient.height } : { width, height }) }
  } catch (error) {
    throw damaged(name, error)
  }
}

/**
 * Type and size, with every pixel decoded once: a truncated file is found here and not in training.
 *
 * @throws ImageFault
 */
export async function checkImage(bytes: Buffer, name: string): Promise<ImageFacts> {
  const facts = await imageHeader(bytes, name)
  const small = facts.width * facts.height <= WHOLE_PIXELS
  try {
    // A large picture is scaled down while it is decoded, so that it is never whole in memory; a small one goes faster as it is.
    if (facts.mime === BMP) bmpPixels(bytes, 16)
    else await (small ? decoder(bytes) : decoder(bytes).resize(16, 16, { fit: 'fill', kernel: 'nearest' })).raw().toBuffer()
    return facts
  } catch (error) {
    throw damaged(name, error)
  }
}

/**
 * A small WebP, its longer side at most `side` pixels.
 *
 * @throws ImageFault
 */
export async function thumbnail(bytes: Buffer, name: string, side: number): Promise<Buffer> {
  await imageHeader(bytes, name)
  try {
    const image = await openPicture(bytes, 2 * side)
    return await image.resize(side, side, { fit: 'inside', withoutEnlargement: true }).webp({ quality: 80 }).toBuffer()
  } catch (error) {
    throw damaged(name, error)
  }
}

function withinLimit(size: { width: number; height: number }): { width: number; height: number } {
  if (size.width * size.height > MAX_IMAGE_PIXELS)
    throw new RangeError(`${size.width} × ${size.height} pixels; at most ${MAX_IMAGE_PIXELS} are allowed`)
  return size
}

/** What a decoder says where it was short of memory or files: nothing of the picture. */
const SHORTAGE = /out of memory|cannot allocate|unable to allocate|too many open files|no space left/i

function damaged(name: string, error: unknown): ImageFault {
  const [why = ''] = (error as Error).message.split('\n')
  if (SHORTAGE.test(why)) {
    throw new BlindfoldError(
      'FILE_UNREADABLE',
      `${name} could not be decoded: ${shortName(why)}.`,
      { remedy: 'Close other programs or free some space, then resume the job.' },
      { cause: error },
    )
  }
  return unreadable(`${name} cannot be decoded: ${shortName(why)}`)
}

/** What an image is called in messages. */
export function imageName(reference: ImageReference): string {
  return reference.kind !== 'text' || /^data:/i.test(reference.text) ? 'The embedded image' : shortName(reference.text)
}
