import { open, type FileHandle } from 'node:fs/promises'
import { BlindfoldError } from '../core/errors.ts'
import { arraySplitter } from './array.ts'
import { lineSplitter } from './lines.ts'
import type { RawRecord } from './record.ts'

export type Container = 'json-lines' | 'json-array'

const SNIFF_BYTES = 1 << 20
const CHUNK_BYTES = 256 * 1024
const BOM = Buffer.from([0xef, 0xbb, 0xbf])

export const SUPPORTED_CONTAINERS = 'Blindfold reads JSONL (one JSON object a line) and JSON arrays of objects, in UTF-8.'

/** Begins of files that are certainly something else, with the name that people know. */
const FOREIGN: [Buffer, string, string][] = [
  [Buffer.from([0x1f, 0x8b]), 'gzip-compressed', 'Decompress it first.'],
  [Buffer.from('PK\x03\x04', 'latin1'), 'a ZIP archive', 'Unpack it first.'],
  [Buffer.from('PAR1'), 'a Parquet file', 'Convert it to JSONL first.'],
  [Buffer.from('ARROW1'), 'an Arrow file', 'Convert it to JSONL first.'],
  [Buffer.from([0xff, 0xfe]), 'in UTF-16', 'Save it as UTF-8.'],
  [Buffer.from([0xfe, 0xff]), 'in UTF-16', 'Save it as UTF-8.'],
]

/** A file opened for reading records. `close` when done. */
export type RecordFile = {
  container: Container
  bytes: number
  /** The records from the first on; each call reads the file anew with bounded memory. */
  records(): AsyncGenerator<RawRecord, void, undefined>
  close(): Promise<void>
}

/**
 * Opens a data file and tells by its content how its records are parted. A byte order mark is passed over.
 *
 * @throws BlindfoldError FILE_NOT_FOUND, FILE_UNREADABLE, or FORMAT_UNKNOWN where the content is certainly no JSON
 */
export async function openRecords(file: string): Promise<RecordFile> {
  const handle = await openForReading(file)
  try {
    const stat = await handle.stat()
    if (!stat.isFile()) {
      throw new BlindfoldError('FILE_UNREADABLE', `${file} is not a file.`, { file, remedy: 'Choose a JSON or JSONL file.' })
    }
    const head = Buffer.alloc(Math.min(SNIFF_BYTES, stat.size))
    const { bytesRead } = await handle.read(head, 0, head.length, 0)
    const start = head.subarray(0, 3).equals(BOM) ? BOM.length : 0
    const container = containerOf(head.subarray(start, bytesRead), file)
    return {
      container,
      bytes: stat.size,
      records: () => readRecords(handle, container, start),
      close: () => handle.close(),
    }
  } catch (error) {
    await handle.close()
    throw error
  }
}

async function openForReading(file: string): Promise<FileHandle> {
  try {
    return await open(file, 'r')
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw new BlindfoldError('FILE_NOT_FOUND', `There is no file ${file}.`, { file, remedy: 'Check the path.' }, { cause })
    }
    throw new BlindfoldError('FILE_UNREADABLE', `${file} cannot be read (${code}).`, { file, remedy: 'Check that you may read it.' }, { cause })
  }
}

/** An array, unless its first line is a whole array and more follows: then it is a line that is no object. */
function containerOf(head: Buffer, file: string): Container {
  for (const [magic, name, remedy] of FOREIGN) {
    if (head.subarray(0, magic.length).equals(magic)) {
      throw new BlindfoldError('FORMAT_UNKNOWN', `${file} is ${name}. ${SUPPORTED_CONTAINERS}`, { file, remedy })
    }
  }
  if (head.subarray(0, 512).includes(0) && !/^\s*[[{]/.test(head.toString('latin1', 0, 512))) {
    throw new BlindfoldError('FORMAT_UNKNOWN', `${file} is a binary file. ${SUPPORTED_CONTAINERS}`, { file, remedy: 'Choose a JSON or JSONL file.' })
  }
  const text = head.toString('latin1')
  if (!/^\s*\[/.test(text)) return 'json-lines'
  const firstLine = /^\s*(\[.*)\r?\n/.exec(text)
  if (!firstLine?.[1] || text.slice(firstLine[0].length).trim() === '') return 'json-array'
  try {
    JSON.parse(firstLine[1])
    return 'json-lines'
  } catch {
    return 'json-array'
  }
}

async function* readRecords(handle: FileHandle, container: Container, start: number): AsyncGenerator<RawRecord, void, undefined> {
  const splitter = container === 'json-array' ? arraySplitter(start) : lineSplitter(start)
  for (let position = start; ; ) {
    // A new buffer a chunk: records are views of it and may outlive the next read.
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES)
    const { bytesRead } = await handle.read(chunk, 0, CHUNK_BYTES, position)
    if (bytesRead === 0) break
    position += bytesRead
    yield* splitter.push(chunk.subarray(0, bytesRead))
  }
  yield* splitter.end()
}
