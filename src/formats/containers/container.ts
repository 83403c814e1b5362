import { open, type FileHandle } from 'node:fs/promises'
import path from 'node:path'
import type { Container } from '../../contract/imports.ts'
import { BlindfoldError } from '../../core/errors.ts'
import { arraySplitter } from './array.ts'
import { DamagedSource, pieces, unwrap, type Wrapping } from './byte-source.ts'
import { jsonShape } from './json-shape.ts'
import { guessEncoding, otherEncoding } from './encoding.ts'
import { lineSplitter } from './lines.ts'
import { nestedSplitter } from '../readers/nested.ts'
import { openParquet, parquetRecords, type ParquetFile } from './parquet.ts'
import { readError } from '../read-error.ts'
import type { RawRecord, Splitter } from '../record.ts'
import { cells, DELIMITERS, tableSplitter } from './table.ts'

const SNIFF_BYTES = 1 << 20
const PARQUET = Buffer.from('PAR1')

export const SUPPORTED_CONTAINERS =
  'Blindfold reads JSONL (one JSON object per line), JSON arrays of objects (also wrapped in an object or keyed by id), CSV and TSV with a header, each with or without gzip compression, and Parquet.'

/** Begins of files that are certainly something else, with the name that people know. */
const FOREIGN: [Buffer, string, string][] = [
  [Buffer.from('PK\x03\x04', 'latin1'), 'a ZIP archive', 'Unpack it first.'],
  [Buffer.from('ARROW1'), 'an Arrow file', 'Save it as Parquet or JSONL.'],
  [Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), 'compressed with zstd', 'Decompress it first.'],
  [Buffer.from('BZh'), 'compressed with bzip2', 'Decompress it first.'],
  [Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a]), 'compressed with xz', 'Decompress it first.'],
  [Buffer.from('SQLite format 3'), 'an SQLite database', 'Save its table as JSONL or CSV.'],
]

/** A file opened for reading records. `close` when done. */
export type RecordFile = {
  container: Container
  bytes: number
  /** The records from the first on; each call reads the file again with bounded memory. */
  records(): AsyncGenerator<RawRecord, void, undefined>
  close(): Promise<void>
}

/**
 * Opens a data file and tells by its content how its records are parted. Compression by gzip, a byte order mark and
 * UTF-16 are seen through; another encoding must be told.
 *
 * @param encoding of the text, by the name that TextDecoder gives it; null where the content tells
 * @throws BlindfoldError FILE_NOT_FOUND, FILE_UNREADABLE, or FORMAT_UNKNOWN where the content is certainly none of these
 */
export async function openRecords(file: string, encoding: string | null = null): Promise<RecordFile> {
  const handle = await openForReading(file)
  const close = (): Promise<void> => handle.close()
  try {
    const stat = await handle.stat()
    if (!stat.isFile()) {
      throw new BlindfoldError('FILE_UNREADABLE', `${file} is not a file.`, { file, remedy: 'Choose a data file, or a folder of them.' })
    }
    const { size: bytes } = stat
    const magic = Buffer.alloc(4)
    await handle.read(magic, 0, 4, 0)
    if (magic.equals(PARQUET)) {
      const parquet = await parquetOf(bytes, file)
      return { container: 'parquet', bytes, records: () => parquetRecords(parquet), close }
    }
    const { head, wrapping } = await unwrap(handle, SNIFF_BYTES, encoding).catch((cause: unknown) => {
      if (!(cause instanceof DamagedSource)) throw cause
      throw new BlindfoldError(
        'FILE_UNREADABLE',
        `${file} cannot be read: ${cause.message}`,
        { file, remedy: 'Download or compress the file again.' },
        { cause },
      )
    })
    const other = encoding === null && wrapping.encoding === 'utf-8' && wrapping.bom === 0 && !isForeign(head) ? guessEncoding(head) : null
    if (other) throw otherEncoding(file, other, head)
    const { container, splitter } = partingOf(head, file, wrapping)
    return { container, bytes, records: () => readText(handle, wrapping, splitter, file), close }
  } catch (error) {
    await close()
    throw error
  }
}

async function parquetOf(bytes: number, file: string): Promise<ParquetFile> {
  try {
    return await openParquet(path.resolve(file), bytes)
  } catch (cause) {
    if (cause instanceof BlindfoldError) throw cause
    const remedy =
      'Download or write the file again. The end of a Parquet file describes its contents, and that of this file cannot be read.'
    throw new BlindfoldError(
      'FILE_UNREADABLE',
      `${file} is a damaged Parquet file: ${(cause as Error).message}.`,
      { file, remedy },
      { cause },
    )
  }
}

/** The same words wherever a file to read is missing. */
export const noFile = (file: string, cause?: unknown): BlindfoldError =>
  new BlindfoldError('FILE_NOT_FOUND', `File ${file} not found.`, { file, remedy: 'Check the path.' }, { cause })

async function openForReading(file: string): Promise<FileHandle> {
  try {
    return await open(file, 'r')
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code
    if (code === 'ENOENT' || code === 'ENOTDIR') throw noFile(file, cause)
    throw new BlindfoldError('FILE_UNREADABLE', `${file} cannot be read (${code}).`, { file, remedy: 'Check its permissions.' }, { cause })
  }
}

const isForeign = (head: Buffer): boolean =>
  [PARQUET, ...FOREIGN.map(([magic]) => magic)].some((magic) => head.subarray(0, magic.length).equals(magic))

type Parting = { container: Container; splitter: () => Splitter }

function partingOf(head: Buffer, file: string, { gzip, encoding, bom }: Wrapping): Parting {
  for (const [magic, name, remedy] of FOREIGN) {
    if (head.subarray(0, magic.length).equals(magic)) {
      throw new BlindfoldError('FORMAT_UNKNOWN', `${file} is ${name}. ${SUPPORTED_CONTAINERS}`, { file, remedy })
    }
  }
  if (head.subarray(0, 4).equals(PARQUET)) {
    throw new BlindfoldError('FORMAT_UNKNOWN', `${file} is a Parquet file inside gzip.`, {
      file,
      remedy: 'Decompress it first. Parquet has its own compression.',
    })
  }
  const latin = head.toString('latin1')
  if (head.subarray(0, 512).includes(0) && !/^\s*[[{]/.test(latin)) {
    throw new BlindfoldError('FORMAT_UNKNOWN', `${file} is a binary file. ${SUPPORTED_CONTAINERS}`, { file, remedy: 'Choose a data file.' })
  }
  const hint = /^\ufeff?(sep=.)\r?\n/i.exec(head.subarray(0, 16).toString('utf8'))?.[1]
  if (hint) {
    throw new BlindfoldError('FORMAT_UNKNOWN', `${file} begins with the line ${hint}, which only Excel reads.`, {
      file,
      row: 1,
      remedy: 'Remove this line, or export the table again without it.',
    })
  }
  // Offsets are those of the file itself where it is plain text.
  const offset = gzip || encoding !== 'utf-8' ? 0 : bom
  const delimiter = delimiterOf(head)
  if (delimiter !== null) return { container: delimiter === '\t' ? 'tsv' : 'csv', splitter: () => tableSplitter(delimiter, offset) }
  if (isArray(latin)) return { container: 'json-array', splitter: () => arraySplitter(offset) }
  const shape = /^\s*\{/.test(latin) ? jsonShape(head.toString('utf8'), file) : null
  if (shape === null || shape.lines) return { container: 'json-lines', splitter: () => lineSplitter(offset) }
  return { container: 'json-objects', splitter: () => nestedSplitter(shape.steps, offset) }
}

/** What parts the cells, if the first line names at least two columns; JSON never does. */
function delimiterOf(head: Buffer): string | null {
  const [first = '', second = ''] = head
    .toString('utf8')
    .replace(/^\s+/, '')
    .split(/(?:\r?\n)+/, 2)
  // Nor does a comment, which JSON does not have: the record says so.
  if (/^(?:[[{]|\/[/*])/.test(first)) return null
  let best: { delimiter: string; columns: number } | null = null
  for (const [delimiter] of DELIMITERS) {
    const names = first.length > 100_000 ? [] : (cells(first, delimiter) ?? [])
    if (names.length > (best?.columns ?? 0) && nameColumns(names, () => cells(second, delimiter)))
      best = { delimiter, columns: names.length }
  }
  return best?.delimiter ?? null
}

/** Whether these cells name the columns of a table. Empty and repeated names need a second row of as many cells. */
function nameColumns(names: readonly string[], second: () => string[] | null): boolean {
  const told = names.map((name) => name.trim()).filter((name) => name !== '')
  const several = new Set(told)
  if (several.size < 2 || !names.every((name) => name.length <= 100 && !/[{}[\]]/.test(name))) return false
  // pandas leaves the name of its index empty.
  const odd = several.size < told.length || names.slice(1).some((name) => name.trim() === '')
  if (!odd) return true
  const row = second()
  // The second line of a table in Markdown is a rule.
  return row?.length === names.length && row.some((cell) => /[^\s:-]/.test(cell))
}

/** An array, unless its first line is a whole array and more follows: then it is a line that is no object. */
function isArray(text: string): boolean {
  if (!/^\s*\[/.test(text)) return false
  const firstLine = /^\s*(\[.*)\r?\n/.exec(text)
  if (!firstLine?.[1] || text.slice(firstLine[0].length).trim() === '') return true
  try {
    JSON.parse(firstLine[1])
    return false
  } catch {
    return true
  }
}

async function* readText(
  handle: FileHandle,
  wrapping: Wrapping,
  newSplitter: () => Splitter,
  file: string,
): AsyncGenerator<RawRecord, void, undefined> {
  const splitter = newSplitter()
  // Text that is not the file's own bytes is measured by how far the file was read.
  const own = !wrapping.gzip && wrapping.encoding === 'utf-8'
  let read = 0
  const placed = (record: RawRecord): RawRecord => (own ? record : { ...record, end: read })
  let last = 0
  try {
    for await (const piece of pieces(handle, wrapping)) {
      read = piece.read
      for (const record of splitter.push(piece.bytes)) {
        last = record.row
        yield placed(record)
      }
    }
  } catch (error) {
    if (!(error instanceof DamagedSource)) throw readError(error, file)
    for (const record of splitter.end()) {
      last = record.row
      yield placed(record)
    }
    yield { row: last + 1, end: read, bytes: Buffer.alloc(0), problem: error.message, code: 'malformed-record' }
    return
  }
  for (const record of splitter.end()) yield placed(record)
}
