import { open, rm, type FileHandle } from 'node:fs/promises'
import { deserialize, serialize } from 'node:v8'
import type { TextPair } from '../proxies/proxy.ts'

/** Texts of the pairs on disk while a scan runs, for what reads them once more; memory holds one batch. */
export class TextsOnDisk {
  readonly #file: FileHandle
  readonly #path: string
  readonly #sizes: number[] = []

  private constructor(path: string, file: FileHandle) {
    this.#path = path
    this.#file = file
  }

  static async create(path: string): Promise<TextsOnDisk> {
    return new TextsOnDisk(path, await open(path, 'w+'))
  }

  async append(pairs: readonly TextPair[]): Promise<void> {
    const bytes = serialize(pairs.map(({ prompt, chosen, rejected }) => [prompt, chosen, rejected]))
    this.#sizes.push(bytes.length)
    await this.#file.appendFile(bytes)
  }

  /** The batches as they were appended. */
  async *read(): AsyncIterable<TextPair[]> {
    let at = 0
    for (const size of this.#sizes) {
      const bytes = Buffer.alloc(size)
      await this.#file.read(bytes, 0, size, at)
      at += size
      yield (deserialize(bytes) as [string, string, string][]).map(([prompt, chosen, rejected]) => ({ prompt, chosen, rejected }))
    }
  }

  async remove(): Promise<void> {
    await this.#file.close()
    await rm(this.#path, { force: true })
  }
}
