import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { ByReference } from './by-reference.ts'
import type { ImageReference } from '../format.ts'
import { ImageSource, type ImagePlaces } from './image-source.ts'
import { imageFile, inside, UUID } from '../../node/project-folder.ts'
import { removeMade } from '../../node/remove-made.ts'
import { replaceFile } from '../../node/replace-file.ts'
import { checkImage, imageHeader, imageName, type ImageFacts } from './images.ts'

/** An image in the project's `media/` folder. `hash` is SHA-256 of its bytes in lower-case hex. */
export type StoredImage = ImageFacts & { hash: string; bytes: number }

/** What a write that was stopped leaves. */
const HALF_WRITTEN = new RegExp(`^${UUID}$`)

/**
 * Puts images into a project's `media/` by their content: stored once, checked before they are stored, and complete or
 * absent, whenever the process ends. One per import: it trusts that image files do not change while it lives.
 */
export class MediaStore {
  readonly #folder: string
  readonly #partial: string
  readonly #source: ImageSource
  readonly #known = new ByReference<StoredImage>((reference) => this.#stored(reference))
  readonly #writing = new Map<string, Promise<void>>()

  constructor(projectFolder: string, places: ImagePlaces) {
    this.#folder = projectFolder
    // In the same file system as its goal, so that renaming is one step.
    this.#partial = inside(projectFolder, 'media', 'partial')
    this.#source = new ImageSource(places)
  }

  /** Removes what a killed import left half written. Only one import at a time may run in a project. */
  async clean(): Promise<void> {
    await removeMade(this.#partial, HALF_WRITTEN)
  }

  /** @throws ImageFault where the image cannot be used, MissingImage where it is not there */
  put(reference: ImageReference): Promise<StoredImage> {
    return this.#known.get(reference)
  }

  async #stored(reference: ImageReference): Promise<StoredImage> {
    const located = await this.#source.locate(reference)
    return this.#store(await this.#source.read(reference, located), imageName(reference))
  }

  async #store(bytes: Buffer, name: string): Promise<StoredImage> {
    const hash = createHash('sha256').update(bytes).digest('hex')
    const file = imageFile(this.#folder, hash)
    // Compared, because a power cut may leave a name without its bytes, and a disk others in their place: such a file is rewritten.
    const there = await readFile(file).then(
      (found) => found.equals(bytes),
      () => false,
    )
    if (there) return { hash, bytes: bytes.length, ...(await imageHeader(bytes, name)) }
    const facts = await checkImage(bytes, name)
    let writing = this.#writing.get(hash)
    if (!writing) {
      writing = this.#write(file, bytes).finally(() => this.#writing.delete(hash))
      this.#writing.set(hash, writing)
    }
    await writing
    return { hash, bytes: bytes.length, ...facts }
  }

  async #write(file: string, bytes: Buffer): Promise<void> {
    await mkdir(this.#partial, { recursive: true })
    // On the disk before anything names it: a power cut may take the newest pairs back, never an image of those that stay.
    await replaceFile(file, bytes, { temporary: path.join(this.#partial, randomUUID()) })
  }
}
