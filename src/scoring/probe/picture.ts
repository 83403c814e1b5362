import { readFile } from 'node:fs/promises'
import sharp from 'sharp'

/** Larger pictures are refused before they are decoded, as at import. */
const MAX_PIXELS = 100_000_000

sharp.cache(false)

/** The middle square of an image as `side` x `side` RGB bytes; null where the file cannot be read. Bitmaps are not read. */
export async function square(file: string, side: number): Promise<Uint8Array | null> {
  try {
    const bytes = await readFile(file)
    const { data } = await sharp(bytes, { limitInputPixels: MAX_PIXELS, failOn: 'error' })
      .autoOrient()
      .flatten({ background: '#808080' })
      .toColourspace('srgb')
      .resize(side, side, { fit: 'cover', kernel: 'cubic' })
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true })
    return data.length === 3 * side * side ? data : null
  } catch {
    return null
  }
}
