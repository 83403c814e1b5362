import type { ImageReference } from '../format.ts'

/** References that are remembered, so that an image that many pairs share is worked on once. */
const REMEMBERED = 50_000
/** All their names together, in UTF-16 units. */
const REMEMBERED_LENGTH = 2 ** 24

/** What work on images gives, remembered by the names that records call them by; images that carry their bytes are not remembered. */
export class ByReference<Result> {
  readonly #work: (reference: ImageReference) => Promise<Result>
  readonly #known = new Map<string, Promise<Result>>()
  #length = 0

  constructor(work: (reference: ImageReference) => Promise<Result>) {
    this.#work = work
  }

  /** @throws what the work throws, each time it is asked for */
  get(reference: ImageReference): Promise<Result> {
    if (reference.kind !== 'text' || /^data:/i.test(reference.text)) return this.#work(reference)
    const known = this.#known.get(reference.text)
    if (known) return known
    const result = this.#work(reference)
    if (this.#known.size >= REMEMBERED || this.#length >= REMEMBERED_LENGTH) {
      this.#known.clear()
      this.#length = 0
    }
    this.#known.set(reference.text, result)
    this.#length += reference.text.length
    return result
  }
}
