import type { Fault, ImageReference } from '../../formats/format.ts'
import { ImageSource, type ImagePlaces } from '../../formats/images/image-source.ts'
import { ImageFault, MissingImage, imageHeader, imageName, thumbnail } from '../../formats/images/images.ts'

const THUMBNAIL_SIDE = 160

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
  readonly #source: ImageSource

  constructor(places: Pick<ImagePlaces, 'imagesDir' | 'chosen' | 'dataDir'>) {
    this.#source = new ImageSource({ ...places, fetchHosts: [], signal: new AbortController().signal })
  }

  async look(reference: ImageReference): Promise<Peeked> {
    const found = (missing: string | null, fault: Fault | null, host: string | null = null): Peeked => ({ reference, host, missing, fault })
    try {
      const located = await this.#source.locate(reference)
      if (located.kind === 'web') return found('on the web', null, URL.parse(located.url)?.host ?? null)
      await imageHeader(await this.#source.read(reference, located), imageName(reference))
      return found(null, null)
    } catch (error) {
      if (error instanceof MissingImage) return found(error.reason, null)
      if (!(error instanceof ImageFault)) throw error
      return found(null, error.at(reference.field))
    }
  }

  /** A small data URL; null where the image is not there, or its pixels turn out damaged, which importing it tells. */
  async thumbnail({ reference, missing, fault }: Peeked): Promise<string | null> {
    if (missing !== null || fault !== null) return null
    try {
      const small = await thumbnail(await this.#bytes(reference), imageName(reference), THUMBNAIL_SIDE)
      return `data:image/webp;base64,${small.toString('base64')}`
    } catch (error) {
      if (error instanceof ImageFault || error instanceof MissingImage) return null
      throw error
    }
  }

  async #bytes(reference: ImageReference): Promise<Buffer> {
    return this.#source.read(reference, await this.#source.locate(reference))
  }
}
