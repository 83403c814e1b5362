import type { FileHandle } from 'node:fs/promises'
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib'
import { parquetMetadataAsync, parquetReadObjects, type AsyncBuffer, type Compressors, type FileMetaData } from 'hyparquet'
import { compressors as others } from 'hyparquet-compressors'
import { imageType } from '../core/image-type.ts'
import type { JsonObject, Value } from './format.ts'
import type { RawRecord } from './record.ts'

/** A page that unpacks to more than this is no page. */
const MAX_PAGE_BYTES = 2 ** 29
/** A row group is read in as many slices as keep each below this, as far as its pages allow. */
const SLICE_BYTES = 2 ** 27
const MAX_SLICES = 64
/** What a row group may claim to hold. Writers make groups of at most some hundred megabytes. */
const MAX_GROUP = { bytes: 2 ** 32, rows: 20_000_000 }

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

export type ParquetFile = { metadata: FileMetaData; buffer: AsyncBuffer; bytes: number }

/**
 * Reads the footer. Throws where it is damaged.
 *
 * @param bytes size of the file
 */
export async function openParquet(handle: FileHandle, bytes: number): Promise<ParquetFile> {
  const buffer: AsyncBuffer = {
    byteLength: bytes,
    async slice(start, end = bytes) {
      const length = end - start
      if (!(length >= 0 && start >= 0 && end <= bytes)) throw new RangeError(`bytes ${start} to ${end} of ${bytes} are asked for`)
      // A buffer of its own: values are views of it.
      const data = new Uint8Array(length)
      let filled = 0
      while (filled < length) {
        const { bytesRead } = await handle.read(data, filled, length - filled, start + filled)
        if (bytesRead === 0) throw new RangeError('the file has become shorter')
        filled += bytesRead
      }
      return data.buffer
    },
  }
  return { metadata: await parquetMetadataAsync(buffer), buffer, bytes }
}

/**
 * The rows of a Parquet file, numbered from 1, row group by row group. Byte arrays stay bytes unless the file says that
 * they are text, or they are and look like it. A row group that cannot be read is one bad record, and the next one goes on.
 */
export async function* parquetRecords({ metadata, buffer, bytes }: ParquetFile): AsyncGenerator<RawRecord, void, undefined> {
  const total = Math.max(1, Number(metadata.num_rows))
  let groupStart = 0
  for (const [index, group] of metadata.row_groups.entries()) {
    const rows = Number(group.num_rows)
    const size = group.columns.reduce((sum, { meta_data: column }) => sum + Number(column?.total_uncompressed_size ?? 0), 0)
    const at = (row: number): number => Math.round((Math.min(row, total) / total) * bytes)
    let given = 0
    try {
      if (!(rows >= 0 && rows <= MAX_GROUP.rows && size <= MAX_GROUP.bytes)) throw new RangeError(`it claims to hold ${rows} rows in ${size} bytes`)
      const step = Math.max(1, Math.ceil(rows / Math.min(MAX_SLICES, Math.max(1, Math.ceil(size / SLICE_BYTES)))))
      for (let from = 0; from < rows; from += step) {
        const rowStart = groupStart + from
        const rowEnd = groupStart + Math.min(rows, from + step)
        const slice = await parquetReadObjects({ file: buffer, metadata, rowStart, rowEnd, compressors: COMPRESSORS, parsers: PARSERS, utf8: false, geoparquet: false })
        if (slice.length !== rowEnd - rowStart) throw new RangeError(`it holds ${slice.length} of ${rowEnd - rowStart} rows`)
        for (const row of slice) {
          given++
          yield { row: groupStart + given, end: at(groupStart + given), bytes: Buffer.alloc(0), value: plainObject(row), problem: null }
        }
      }
    } catch (error) {
      const range = `rows ${groupStart + given + 1} to ${groupStart + rows}`
      const problem = `Row group ${index + 1} of the file cannot be read; ${range} are lost: ${(error as Error).message}`
      yield { row: groupStart + given + 1, end: at(groupStart + rows), bytes: Buffer.alloc(0), problem, code: 'malformed-record' }
    }
    groupStart += rows
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
/** Texts to the letter: the usual parser drops a mark at their beginning and puts another in the place of wrong bytes. */
const PARSERS = { stringFromBytes: (bytes: Uint8Array | undefined) => bytes && decoded(bytes) }

/** A value of a record: integers beyond 2^53 and what is no number become text, times ISO 8601. */
function plain(value: unknown, name = ''): Value {
  if (value === null || value === undefined) return null
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  if (typeof value === 'string' || typeof value === 'boolean') return value
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString()
  if (value instanceof Uint8Array) return name === 'bytes' ? value : textOf(value)
  if (Array.isArray(value)) return value.map((entry) => plain(entry, name))
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as ArrayLike<unknown>, (entry) => plain(entry))
  if (value instanceof Map) return plainObject(Object.fromEntries(value))
  return plainObject(value as Record<string, unknown>)
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

function plainObject(row: Record<string, unknown>): JsonObject {
  const result: JsonObject = {}
  for (const [name, value] of Object.entries(row)) {
    // Defined, not assigned: a column may be called __proto__.
    Object.defineProperty(result, name, { value: plain(value, name), enumerable: true, configurable: true, writable: true })
  }
  return result
}
