import { readFile } from 'node:fs/promises'
import { openPicture } from '../../node/pictures/picture.ts'

/** The middle square of an image as `side` x `side` RGB bytes; null where the file cannot be read. */
export async function square(file: string, side: number): Promise<Uint8Array | null> {
  try {
    const picture = await openPicture(await readFile(file))
    const { data } = await picture.resize(side, side, { fit: 'cover', kernel: 'cubic' }).raw().toBuffer({ resolveWithObject: true })
    return data.length === 3 * side * side ? data : null
  } catch {
    return null
  }
}
