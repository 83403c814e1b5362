import { createHash, randomUUID } from 'node:crypto'
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { mediaSegments } from '../core/image-type.ts'
import type { ImageReference } from './format.ts'
import { checkImage, imageHeader, imageName, imagePath, inlineBytes, readImageFile, type ImageFacts } from './images.ts'

/** An image in the project's `media/` folder. `hash` is SHA-256 of its bytes in lower-case hex. */
export type StoredImage = ImageFacts & { hash: string; bytes: number }

/** Where an image lies in a project. */
export function mediaPath(projectFolder: string, hash: string): string {
  const segments = mediaSegments(hash)
  if (!segments) throw new Error(`${hash} is not a content hash`)
  return path.join(projectFolder, ...segments)
}

/** Where images may come from. */
export type ImagePlaces = {
  imagesDir: string
  /** Folder of the data file. */
  dataDir: string
  fetchHosts: readonly string[]
  signal: AbortSignal
}

/** References remembered per import, so that an image that many pairs share is read and decoded once. */
const REMEMBERED = 50_000

/**
 * Puts images into a project's `media/` by their content: stored once, checked before they are stored, and complete or
 * absent, whenever the process ends. One per import: it trusts that image files do not change while it lives.
 */
export class MediaStore {
  readonly #folder: string
  readonly #partial: string
  readonly #imagesDir: string
  readonly #byPath = new Map<string, Promise<StoredImage>>()
  readonly #writing = new Map<string, Promise<void>>()

  constructor(projectFolder: string, { imagesDir }: ImagePlaces) {
    this.#folder = projectFolder
    // In the same file system as its goal, so that renaming is one step.
    this.#partial = path.join(projectFolder, 'media', 'partial')
    this.#imagesDir = imagesDir
  }

  /** Removes what a killed import left half written. Only one import at a time may run in a project. */
  async clean(): Promise<void> {
    await rm(this.#partial, { recursive: true, force: true })
  }

  /** @throws ImageFault where the image cannot be used, MissingImage where it is not there */
  put(reference: ImageReference): Promise<StoredImage> {
    let file: string | null
    try {
      file = imagePath(reference, this.#imagesDir)
    } catch (error) {
      return Promise.reject(error as Error)
    }
    const name = imageName(reference)
    if (file === null) return Promise.resolve().then(() => this.#store(inlineBytes(reference), name))
    const known = this.#byPath.get(file)
    if (known) return known
    const stored = readImageFile(file, reference.kind === 'text' ? reference.text : file).then((bytes) => this.#store(bytes, name))
    if (this.#byPath.size >= REMEMBERED) this.#byPath.clear()
    this.#byPath.set(file, stored)
    return stored
  }

  async #store(bytes: Buffer, name: string): Promise<StoredImage> {
    const hash = createHash('sha256').update(bytes).digest('hex')
    const file = mediaPath(this.#folder, hash)
    // The size is compared because a power cut may leave a name without all its bytes.
    const there = await stat(file).then(({ size }) => size === bytes.length, () => false)
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
    const temporary = path.join(this.#partial, randomUUID())
    await mkdir(this.#partial, { recursive: true })
    await mkdir(path.dirname(file), { recursive: true })
    try {
      await writeFile(temporary, bytes, { flag: 'wx' })
      await rename(temporary, file)
    } catch (error) {
      await rm(temporary, { force: true })
      throw error
    }
  }
}
