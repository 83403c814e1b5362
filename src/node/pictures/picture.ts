import sharp, { type Sharp } from 'sharp'
import { imageType } from '../../core/image-type.ts'
import { bmpPixels } from './bmp.ts'

/** Larger pictures are refused before they are decoded; a few kilobytes can claim to be any size. */
export const MAX_IMAGE_PIXELS = 100_000_000
/** Part of what names kept features of images: those of another rule are of other pixels. */
export const PICTURE_RULE = 'first frame, upright, sRGB, upper byte, on white'

// Every picture is decoded once: a cache would only hold memory. Several pictures are decoded at a time, each in one thread.
sharp.cache(false)
sharp.concurrency(1)

/** The file as sharp reads it; damage is an error. */
export const decoder = (bytes: Buffer): Sharp => sharp(bytes, { limitInputPixels: MAX_IMAGE_PIXELS, failOn: 'error', sequentialRead: true })

/** Whether a file is turned as its EXIF orientation says. Browsers turn no WebP. */
export const turns = (bytes: Buffer): boolean => imageType(bytes) !== 'image/webp'

/**
 * The one picture decoder of the app: what the browser shows, the probe reads and the trainer sees (its data/picture_decoder.py). The first frame, turned
 * as EXIF says, in sRGB by its profile, 16 bits brought to 8 by their upper byte, see-through parts on white; RGB without alpha.
 * Where nothing shrinks a file while it is decoded (bitmaps, inks without a profile), neither side is much longer than `longest`.
 *
 * @throws Error where the file is damaged
 */
export async function openPicture(bytes: Buffer, longest = Infinity): Promise<Sharp> {
  if (imageType(bytes) === 'image/bmp') {
    const { data, width, height } = bmpPixels(bytes, longest)
    return sharp(data, { raw: { width, height, channels: 3 } })
  }
  const image = turns(bytes) ? decoder(bytes).autoOrient() : decoder(bytes)
  const { space, hasProfile } = await decoder(bytes).metadata()
  if (space === 'cmyk' && !hasProfile) return withoutProfile(image, longest)
  return image.flatten({ background: 'white' }).toColourspace('srgb')
}

/** Four inks without a profile, as browsers mix them: each takes its share of the light. */
async function withoutProfile(image: Sharp, longest: number): Promise<Sharp> {
  const small = Number.isFinite(longest) ? image.resize(longest, longest, { fit: 'inside', withoutEnlargement: true }) : image
  const { data: inks, info } = await small.pipelineColourspace('cmyk').toColourspace('cmyk').raw().toBuffer({ resolveWithObject: true })
  const { width, height } = info
  const data = Buffer.alloc(width * height * 3)
  for (let from = 0, to = 0; to < data.length; from += 4) {
    const light = 255 - (inks[from + 3] as number)
    for (let c = 0; c < 3; c++) data[to++] = Math.round(((255 - (inks[from + c] as number)) * light) / 255)
  }
  return sharp(data, { raw: { width, height, channels: 3 } })
}
