import { createHash } from 'node:crypto'
import { mkdir, open, type FileHandle } from 'node:fs/promises'
import path from 'node:path'

const BUFFERED = 256 * 1024

export type WrittenFile = { path: string; bytes: number; sha256: string }

/** A new file that is written from its beginning to its end, and its hash with it. */
export class HashedFile {
  readonly #handle: FileHandle
  readonly #hash = createHash('sha256')
  readonly #name: string
  #bytes = 0
  #waiting: string[] = []
  #length = 0

  private constructor(handle: FileHandle, name: string) {
    this.#handle = handle
    this.#name = name
  }

  /** @param name path in `folder`, `/` between folders, which are made */
  static async create(folder: string, name: string): Promise<HashedFile> {
    const file = path.join(folder, ...name.split('/'))
    await mkdir(path.dirname(file), { recursive: true })
    return new HashedFile(await open(file, 'wx'), name)
  }

  /** Resolves at once until enough has gathered to be worth a write. */
  async text(text: string): Promise<void> {
    this.#waiting.push(text)
    this.#length += text.length
    if (this.#length >= BUFFERED) await this.#flush()
  }

  async bytes(bytes: Uint8Array): Promise<void> {
    await this.#flush()
    await this.#write(bytes)
  }

  async close(): Promise<WrittenFile> {
    await this.#flush()
    await this.#handle.close()
    return { path: this.#name, bytes: this.#bytes, sha256: this.#hash.digest('hex') }
  }

  /** Closes a file that will be removed. */
  async abandon(): Promise<void> {
    await this.#handle.close()
  }

  async #flush(): Promise<void> {
    if (this.#waiting.length === 0) return
    const bytes = Buffer.from(this.#waiting.join(''), 'utf8')
    this.#waiting = []
    this.#length = 0
    await this.#write(bytes)
  }

  async #write(bytes: Uint8Array): Promise<void> {
    this.#hash.update(bytes)
    this.#bytes += bytes.length
    // `write` may take less than it is given; `writeFile` on a handle goes on where the last one ended.
    await this.#handle.writeFile(bytes)
  }
}

/** Writes a small file whole. */
export async function writeWhole(folder: string, name: string, text: string): Promise<WrittenFile> {
  const file = await HashedFile.create(folder, name)
  await file.text(text)
  return file.close()
}
