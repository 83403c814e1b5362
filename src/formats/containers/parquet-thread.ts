import { open, stat, type FileHandle } from 'node:fs/promises'
import { parentPort } from 'node:worker_threads'
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib'
import { parquetMetadataAsync, parquetReadObjects, type AsyncBuffer, type Compressors, type FileMetaData } from 'hyparquet'
import { compressors as others } from 'hyparquet-compressors'
import { imageType } from '../../core/image-type.ts'
import { exactNumber } from './exact-number.ts'
import type { JsonObject, Value } from '../value.ts'
import { parseJson } from './json.ts'
import { codeOf } from '../read-error.ts'
import type { ParquetAnswer, ParquetRequest, ParquetRow } from './parquet.ts'

// The thread that decodes Parquet: a damaged page can make decoding take all memory or never end, and that must not
// happen to the process that serves the user. See `parquet.ts`.

/** A page that unpacks to more than this is no page. */
const MAX_PAGE_BYTES = 2 ** 29
/** Buffers of at least this size are handed over; smaller ones, which may be shared, are copied. */
const HANDED_OVER_BYTES = 2 ** 20

/** Node's own are several times as fast, and stop at the size they are told. */
const COMPRESSORS: Compressors = Object.fromEntries(
  Object.entries({
    ...others,
    GZIP: (input: Uint8Array, size: number) => gunzipSync(input, { maxOutputLength: size }),
    BROTLI: (input: Uint8Array, size: number) => brotliDecompressSync(input, { maxOutputLength: size }),
    ZSTD: (input: Uint8Array, size: number) => zstdDecompressSync(input, { maxOutputLength: size }),
  } satisfies Compressors).map(([codec, unpack]) => [
    codec,
    (input: Uint8Array, size: number): Uint8Array => {
      if (size > MAX_PAGE_BYTES) throw new RangeError(`a page claims to unpack to ${size} bytes`)
      return unpack(input, size)
    },
  ]),
)

type Known = { file: string; state: string; metadata: FileMetaData }
let known: Known | null = null

/** Answers one request; what is wrong with the file is an answer, too. */
async function answer({ file, rows }: ParquetRequest): Promise<ParquetAnswer> {
  const handle = await open(file, 'r')
  try {
    const { size, mtimeMs } = await stat(file)
    const buffer = bufferOf(handle, size)
    const state = `${size} ${mtimeMs}`
    const metadata: FileMetaData = known?.file === file && known.state === state ? known.metadata : await parquetMetadataAsync(buffer)
    known = { file, state, metadata }
    if (rows === null) {
      const groups = metadata.row_groups.map(({ num_rows: count, columns }) => {
        const bytes = columns.reduce((sum, { meta_data: column }) => sum + Number(column?.total_uncompressed_size ?? 0), 0)
        return { rows: Number(count), bytes }
      })
      return { groups }
    }
    const [rowStart, rowEnd] = rows
    const read = await parquetReadObjects({
      file: buffer,
      metadata,
      rowStart,
      rowEnd,
      compressors: COMPRESSORS,
      parsers: PARSERS,
      utf8: false,
      geoparquet: false,
    })
    if (read.length !== rowEnd - rowStart) throw new RangeError(`it holds ${read.length} of ${rowEnd - rowStart} rows`)
    return { rows: read.map(rowOf) }
  } finally {
    await handle.close()
  }
}

function bufferOf(handle: FileHandle, bytes: number): AsyncBuffer {
  return {
    byteLength: bytes,
    async slice(start, end = bytes) {
      const length = end - start
      if (!(length >= 0 && start >= 0 && end <= bytes)) throw new RangeError(`bytes ${start} to ${end} of ${bytes} are asked for`)
      // A buffer of its own: values are views of it.
      const data = new Uint8Array(length)
      let filled = 0
      while (filled < length) {
        const { bytesRead } = await handle.read(data, filled, length - filled, start + filled)
        if (bytesRead === 0) throw new RangeError('the file is now shorter')
        filled += bytesRead
      }
      return data.buffer
    },
  }
}

/** The buffers that can be handed over without copying. */
function buffersOf(value: unknown, found = new Set<ArrayBuffer>()): Set<ArrayBuffer> {
  if (value instanceof Uint8Array) {
    if (value.buffer instanceof ArrayBuffer && value.buffer.byteLength >= HANDED_OVER_BYTES) found.add(value.buffer)
  } else if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) buffersOf(inner, found)
  return found
}

parentPort?.on('message', (request: ParquetRequest) => {
  void answer(request)
    .catch((error: unknown): ParquetAnswer => {
      const system = codeOf(error)
      return { error: error instanceof Error ? error.message : String(error), ...(system === null ? {} : { system }) }
    })
    .then((result) => parentPort?.postMessage(result, 'rows' in result ? [...buffersOf(result.rows)] : []))
})

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
/** Texts to the letter: the usual parser drops a mark at their beginning and puts another in the place of wrong bytes. */
const PARSERS = {
  stringFromBytes: (bytes: Uint8Array | undefined) => bytes && decoded(bytes),
  jsonFromBytes: (bytes: Uint8Array | undefined) => bytes && json(bytes),
}

/** What is declared as JSON and is none stays text: a wrong cell must not cost its row group. */
function json(bytes: Uint8Array): unknown {
  const text = decoded(bytes)
  try {
    return typeof text === 'string' ? (parseJson(text) as unknown) : text
  } catch {
    return text
  }
}

function rowOf(values: Record<string, unknown>): ParquetRow {
  try {
    const lost: string[] = []
    const value: JsonObject = {}
    for (const [name, held] of Object.entries(values))
      set(
        value,
        name,
        plain(held, name, () => lost.push(name)),
      )
    return { value, lost: [...new Set(lost)] }
  } catch (error) {
    return { problem: `The values of the row cannot be read: ${(error as Error).message}` }
  }
}

/**
 * A value of a record: integers are exact, times ISO 8601. NaN and Infinity become null.
 *
 * @param lose is called for each of these
 */
function plain(value: unknown, name: string, lose: () => void): Value {
  if (value === null || value === undefined) return null
  if (typeof value === 'bigint') return exactNumber(String(value))
  if (typeof value === 'number' && !Number.isFinite(value)) {
    lose()
    return null
  }
  if (typeof value === 'number') return value
  if (typeof value === 'string' || typeof value === 'boolean') return value
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString()
  if (value instanceof Uint8Array) return name === 'bytes' ? value : textOf(value)
  if (Array.isArray(value)) return value.map((entry) => plain(entry, name, lose))
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as ArrayLike<unknown>, (entry) => plain(entry, '', lose))
  if (value instanceof Map) return plainObject(Object.fromEntries(value as Map<string, unknown>), lose)
  return plainObject(value as Record<string, unknown>, lose)
}

/** Some writers do not say that a column is text. An image is none, whatever its bytes. */
function textOf(bytes: Uint8Array): Value {
  return imageType(bytes) === null ? decoded(bytes) : bytes
}

/** Bytes that are no text stay what they are. */
function decoded(bytes: Uint8Array): string | Uint8Array {
  try {
    return decoder.decode(bytes)
  } catch {
    return bytes
  }
}

function plainObject(row: Record<string, unknown>, lose: () => void): JsonObject {
  const result: JsonObject = {}
  for (const [name, value] of Object.entries(row)) set(result, name, plain(value, name, lose))
  return result
}

/** Defined, not assigned: a column may be called __proto__. */
function set(object: JsonObject, name: string, value: Value): void {
  Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true })
}
