import { createHash } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { BlindfoldError } from '../../core/errors.ts'
import { extensionOf } from '../images/images.ts'
import { imageFile } from '../../node/project-folder.ts'
import type { WrittenFile } from './hashed-file.ts'
import type { OutputContainer, WrittenImage } from './writer.ts'

/** An image of the project, or the reference of one that it lacks. */
export type ImageSource = { hash: string; mime: string } | { missing: string }

/** Images copied at once. */
const WIDTH = 8
/** Embedded images that are kept for the pairs that follow: neighbours share them more often than not. */
const KEPT_BYTES = 64 * 2 ** 20

/** The images of an export: files in `images/`, each written once, or bytes for the records. Every one is checked by its hash. */
export class ImageFiles {
  /** The files written, by content hash. */
  readonly written = new Map<string, WrittenFile>()
  readonly #embedded = new Set<string>()
  readonly #kept = new Map<string, Buffer>()
  readonly #options: { projectFolder: string; folder: string; embed: boolean; container: OutputContainer }
  #keptBytes = 0

  constructor(options: { projectFolder: string; folder: string; embed: boolean; container: OutputContainer }) {
    this.#options = options
  }

  /** Different images so far. */
  get count(): number {
    return this.written.size + this.#embedded.size
  }

  /**
   * Copies the images that are new, several at a time; nothing to do where they are embedded.
   * @throws BlindfoldError FILE_UNREADABLE where an image of the project is missing or damaged
   */
  async prepare(sources: readonly ImageSource[], signal?: AbortSignal): Promise<void> {
    if (this.#options.embed) return
    const fresh = new Map(
      sources.flatMap((source) => ('hash' in source && !this.written.has(source.hash) ? [[source.hash, source.mime]] : [])),
    )
    const list = [...fresh]
    for (let from = 0; from < list.length; from += WIDTH) {
      signal?.throwIfAborted()
      const copied = await Promise.all(list.slice(from, from + WIDTH).map(([hash, mime]) => this.#copy(hash, mime)))
      // In the order of the pairs, whichever was quickest: the same export is the same to the byte.
      for (const file of copied) this.written.set(file.sha256, file)
    }
  }

  /** The image as the record holds it; `prepare` came before. */
  async take(source: ImageSource): Promise<WrittenImage> {
    if ('missing' in source) return { text: source.missing, bytes: null, missing: true }
    const { hash, mime } = source
    const name = `${hash}.${extensionOf(mime)}`
    if (!this.#options.embed) return { text: `images/${name}`, bytes: null, missing: false }
    this.#embedded.add(hash)
    const bytes = await this.#bytesOf(hash)
    if (this.#options.container === 'parquet') return { text: name, bytes, missing: false }
    return { text: `data:${mime};base64,${bytes.toString('base64')}`, bytes: null, missing: false }
  }

  async #copy(hash: string, mime: string): Promise<WrittenFile> {
    const bytes = await readStored(this.#options.projectFolder, hash)
    const name = `images/${hash}.${extensionOf(mime)}`
    const file = path.join(this.#options.folder, name)
    if (this.written.size === 0) await mkdir(path.dirname(file), { recursive: true })
    await writeFile(file, bytes, { flag: 'wx' })
    return { path: name, bytes: bytes.length, sha256: hash }
  }

  async #bytesOf(hash: string): Promise<Buffer> {
    const kept = this.#kept.get(hash)
    if (kept) return kept
    const bytes = await readStored(this.#options.projectFolder, hash)
    if (this.#keptBytes + bytes.length > KEPT_BYTES) {
      this.#kept.clear()
      this.#keptBytes = 0
    }
    this.#kept.set(hash, bytes)
    this.#keptBytes += bytes.length
    return bytes
  }
}

async function readStored(projectFolder: string, hash: string): Promise<Buffer> {
  const file = imageFile(projectFolder, hash)
  const remedy = 'Import the pairs again to restore the image.'
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw new BlindfoldError('FILE_UNREADABLE', `Image ${hash} of the project cannot be read.`, { file, remedy }, { cause })
  })
  if (createHash('sha256').update(bytes).digest('hex') === hash) return bytes
  throw new BlindfoldError('FILE_UNREADABLE', `Image ${hash} is damaged: its content does not match its hash.`, { file, remedy })
}
