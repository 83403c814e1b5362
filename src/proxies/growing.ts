type NumberArray =
  Int32Array<ArrayBufferLike> | Uint32Array<ArrayBufferLike> | Float32Array<ArrayBufferLike> | Float64Array<ArrayBufferLike>
type ArrayClass<A extends NumberArray> = {
  readonly BYTES_PER_ELEMENT: number
  new (buffer: SharedArrayBuffer, offset: number, length: number): A
}

const FIRST_BYTES = 1 << 16
/** Address space that is reserved, not memory; engines that reserve less get less. */
const RESERVED_BYTES = [64 * 2 ** 30, 3 * 2 ** 30]

/** Numbers that are appended, in shared memory that grows in place: nothing is copied, and threads can read the result. */
export class Growing<A extends NumberArray> {
  readonly #class: ArrayClass<A>
  readonly #buffer: SharedArrayBuffer
  #view: A
  #length = 0

  constructor(arrayClass: ArrayClass<A>) {
    this.#class = arrayClass
    this.#buffer = reserved()
    this.#view = this.#window()
  }

  get length(): number {
    return this.#length
  }

  /** Appends a list. @throws RangeError where the engine allows no more */
  append(list: ArrayLike<number>): void {
    const end = this.#length + list.length
    if (end > this.#view.length) {
      const bytes = end * this.#class.BYTES_PER_ELEMENT
      if (bytes > this.#buffer.maxByteLength) throw new RangeError('more texts than fit into memory at once')
      // Small steps: pages that were grown into are counted as used.
      const room = Math.min(this.#buffer.maxByteLength, Math.max(bytes + FIRST_BYTES, Math.ceil(this.#buffer.byteLength * 1.2)))
      this.#buffer.grow(room - (room % 8))
      this.#view = this.#window()
    }
    this.#view.set(list, this.#length)
    this.#length = end
  }

  push(value: number): void {
    this.append([value])
  }

  /** What was appended, as an array of that length over the same memory. */
  finish(): A {
    return new this.#class(this.#buffer, 0, this.#length)
  }

  #window(): A {
    return new this.#class(this.#buffer, 0, Math.floor(this.#buffer.byteLength / this.#class.BYTES_PER_ELEMENT))
  }
}

function reserved(): SharedArrayBuffer {
  for (const bytes of RESERVED_BYTES) {
    try {
      return new SharedArrayBuffer(FIRST_BYTES, { maxByteLength: bytes })
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
    }
  }
  throw new RangeError('no memory can be shared between threads')
}
