import type { Fault, ImageReference } from '../formats/format.ts'
import { ImageFault, MissingImage, imageHeader, imageName, imagePath, inlineBytes, readImageFile, thumbnail } from '../formats/images.ts'

/** What is known of an image without importing it. */
export type Peeked = {
  reference: ImageReference
  /** Where it lies on the web; null for all others. */
  host: string | null
  /** Why it is not there; the pair is imported without it. */
  missing: string | null
  /** Why it cannot be used; the record is then refused. */
  fault: Fault | null
}

/** Looks at images where they lie and stores nothing; nothing on the web is asked. */
export class ImagePeek {
  readonly #imagesDir: string

  constructor(imagesDir: string) {
    this.#imagesDir = imagesDir
  }

  async look(reference: ImageReference): Promise<Peeked> {
    const host = hostOf(reference)
    if (host !== null) return { reference, host, missing: 'on the web', fault: null }
    try {
      await imageHeader(await this.#bytes(reference), imageName(reference))
      return { reference, host, missing: null, fault: null }
    } catch (error) {
      if (error instanceof MissingImage) return { reference, host, missing: error.reason, fault: null }
      if (!(error instanceof ImageFault)) throw error
      return { reference, host, missing: null, fault: error.at(reference.field) }
    }
  }

  /** A small data URL; null where the image is not there, or its pixels turn out damaged, which importing it tells. */
  async thumbnail({ reference, missing, fault }: Peeked): Promise<string | null> {
    if (missing !== null || fault !== null) return null
    try {
      return await thumbnail(await this.#bytes(reference), imageName(reference))
    } catch (error) {
      if (error instanceof ImageFault || error instanceof MissingImage) return null
      throw error
    }
  }

  async #bytes(reference: ImageReference): Promise<Buffer> {
    const file = imagePath(reference, this.#imagesDir)
    return file === null ? inlineBytes(reference) : readImageFile(file)
  }
}

function hostOf(reference: ImageReference): string | null {
  if (reference.kind !== 'text' || !/^https?:/i.test(reference.text)) return null
  return URL.parse(reference.text)?.host ?? null
}
