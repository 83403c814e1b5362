import type { ResponseReader, TextResponse } from '../../proxies/proxy.ts'
import { pruneReadings } from './prune.ts'
import { responseKey, RowCache } from './row-cache.ts'
import type { TextModel } from './text-model.ts'

/** A model that reads only what it has not read before, in this project, with the same files and settings. */
export class CachedReader implements ResponseReader {
  readonly width: number
  /** Responses that the model itself read, and those that were known. */
  readonly counts = { read: 0, known: 0 }
  readonly #model: TextModel
  readonly #cache: RowCache

  constructor(model: TextModel, folder: string) {
    this.#model = model
    this.width = model.width
    pruneReadings(folder, model.fingerprint)
    this.#cache = new RowCache(folder, model.fingerprint, model.width)
  }

  async read(responses: readonly TextResponse[]): Promise<Float32Array> {
    const keys = responses.map(responseKey)
    /** Places of each response that is missing, by its key: the same text is read once. */
    const missing = new Map<string, number[]>()
    keys.forEach((key, place) => {
      if (this.#cache.find(key) >= 0) return
      const name = key.toString('latin1')
      const places = missing.get(name)
      if (places) places.push(place)
      else missing.set(name, [place])
    })
    const first = [...missing.values()].map(([place]) => place as number)
    // Kept batch by batch: what is stopped here is not read again.
    await this.#model.read(
      first.map((place) => responses[place] as TextResponse),
      (places, rows) =>
        this.#cache.append(
          places.map((i) => keys[first[i] as number] as Buffer),
          rows,
        ),
    )
    this.counts.read += first.length
    this.counts.known += responses.length - first.length
    const numbers = new Float32Array(responses.length * this.width)
    keys.forEach((key, place) => this.#cache.read(this.#cache.find(key), numbers.subarray(place * this.width, (place + 1) * this.width)))
    return numbers
  }

  async close(): Promise<void> {
    this.#cache.close()
    await this.#model.release()
  }
}
