import { createHash } from 'node:crypto'
import { closeSync, existsSync, ftruncateSync, fstatSync, mkdirSync, openSync, readFileSync, readSync, writeSync } from 'node:fs'
import { inside } from '../../node/project-folder.ts'
import type { TextResponse } from '../../proxies/proxy.ts'

const KEY_BYTES = 16
const EMPTY = 0xffffffff

/** What a response with its prompt is found by: 128 bits of SHA-256, so that no two texts of a project share one. */
export function responseKey({ prompt, response }: TextResponse): Buffer {
  return createHash('sha256').update(`${prompt.length}\n`).update(prompt).update(response).digest().subarray(0, KEY_BYTES)
}

/**
 * Rows of float32 by response, on disk: `NAME.rows` and, in the same order, `NAME.keys`. Rows are written before their
 * keys and what is torn is cut off on opening, so that a process which is killed loses its last batch only. Memory holds
 * the keys, 24 bytes a row. One process writes.
 */
export class RowCache {
  readonly #width: number
  readonly #rows: number
  readonly #keys: number
  #known: Buffer
  #slots: Uint32Array
  #count: number

  constructor(folder: string, name: string, width: number) {
    mkdirSync(folder, { recursive: true })
    const [rows, keys] = [inside(folder, `${name}.rows`), inside(folder, `${name}.keys`)]
    this.#width = width
    this.#rows = openSync(rows, existsSync(rows) ? 'r+' : 'w+')
    this.#keys = openSync(keys, existsSync(keys) ? 'r+' : 'w+')
    this.#count = Math.min(Math.floor(fstatSync(this.#rows).size / (4 * width)), Math.floor(fstatSync(this.#keys).size / KEY_BYTES))
    ftruncateSync(this.#rows, this.#count * 4 * width)
    ftruncateSync(this.#keys, this.#count * KEY_BYTES)
    this.#known = readFileSync(keys)
    this.#slots = new Uint32Array(0)
    this.#index()
  }

  get count(): number {
    return this.#count
  }

  /** The number of a key's row; -1 where it is not there. */
  find(key: Buffer): number {
    for (let slot = this.#slotOf(key); ; slot = (slot + 1) % this.#slots.length) {
      const row = this.#slots[slot] as number
      if (row === EMPTY) return -1
      if (this.#known.compare(key, 0, KEY_BYTES, row * KEY_BYTES, (row + 1) * KEY_BYTES) === 0) return row
    }
  }

  /** Reads a row into a list. */
  read(row: number, into: Float32Array): void {
    readSync(this.#rows, into, 0, 4 * this.#width, row * 4 * this.#width)
  }

  /** Adds rows whose keys are not there yet. */
  append(keys: readonly Buffer[], rows: readonly Float32Array[]): void {
    const numbers = new Float32Array(rows.length * this.#width)
    rows.forEach((row, i) => numbers.set(row, i * this.#width))
    writeSync(this.#rows, numbers, 0, numbers.byteLength, this.#count * 4 * this.#width)
    const bytes = Buffer.concat(keys)
    writeSync(this.#keys, bytes, 0, bytes.length, this.#count * KEY_BYTES)
    const end = (this.#count + keys.length) * KEY_BYTES
    if (end > this.#known.length) this.#known = Buffer.concat([this.#known], Math.max(2 * this.#known.length, end, 1 << 16))
    bytes.copy(this.#known, this.#count * KEY_BYTES)
    const first = this.#count
    this.#count += keys.length
    if (this.#count * 2 > this.#slots.length) this.#index()
    else for (let row = first; row < this.#count; row++) this.#enter(row)
  }

  close(): void {
    closeSync(this.#rows)
    closeSync(this.#keys)
  }

  /** Open addressing, at most half full. */
  #index(): void {
    this.#slots = new Uint32Array(Math.max(1024, 4 * this.#count)).fill(EMPTY)
    for (let row = 0; row < this.#count; row++) this.#enter(row)
  }

  #enter(row: number): void {
    let slot = this.#slotOf(this.#known.subarray(row * KEY_BYTES, (row + 1) * KEY_BYTES))
    while (this.#slots[slot] !== EMPTY) slot = (slot + 1) % this.#slots.length
    this.#slots[slot] = row
  }

  #slotOf(key: Buffer): number {
    return key.readUInt32LE(0) % this.#slots.length
  }
}
