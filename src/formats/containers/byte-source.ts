import type { FileHandle } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { constants, createGunzip } from 'node:zlib'

/** A piece of a file as UTF-8 text bytes; `read` is how far into the file itself that is, for progress. */
export type Piece = { bytes: Buffer; read: number }

/** How the text lies in the file: compressed or not, and in which encoding, by the name that TextDecoder gives it. */
export type Wrapping = { gzip: boolean; encoding: string; bom: number }

/** The rest of the file cannot be read; what came before holds. */
export class DamagedSource extends Error {}

const CHUNK_BYTES = 256 * 1024
/**
 * Text that is worth having shrinks to a tenth, repetitive records to a fiftieth. What grows beyond both of these is
 * made to fill a disk or an afternoon, and is read no further.
 */
const BOMB = { ratio: 200, bytes: 2 ** 28 }

const BOMS: [Buffer, string][] = [
  [Buffer.from([0xef, 0xbb, 0xbf]), 'utf-8'],
  [Buffer.from([0xff, 0xfe]), 'utf-16le'],
  [Buffer.from([0xfe, 0xff]), 'utf-16be'],
]

/**
 * The first bytes of the text, at most `limit` of them, and how it is wrapped. A byte order mark is passed over. A text in no
 * encoding that is known or told comes as its own bytes.
 *
 * @param told the encoding, by the name that TextDecoder gives it; null where the content tells
 * @throws DamagedSource where the compression is damaged from the start
 */
export async function unwrap(handle: FileHandle, limit: number, told: string | null = null): Promise<{ head: Buffer; wrapping: Wrapping }> {
  const magic = Buffer.alloc(2)
  const { bytesRead } = await handle.read(magic, 0, 2, 0)
  const gzip = bytesRead === 2 && magic[0] === 0x1f && magic[1] === 0x8b
  const raw: Wrapping = { gzip, encoding: 'utf-8', bom: 0 }
  const start = await firstBytes(handle, raw, limit)
  for (const [bom, encoding] of BOMS) {
    if (!start.subarray(0, bom.length).equals(bom) || (told !== null && told !== encoding)) continue
    const wrapping = { gzip, encoding, bom: bom.length }
    return { head: await firstBytes(handle, wrapping, limit), wrapping }
  }
  if (told === null || told === 'utf-8') return { head: start, wrapping: raw }
  const wrapping = { gzip, encoding: told, bom: 0 }
  return { head: await firstBytes(handle, wrapping, limit), wrapping }
}

async function firstBytes(handle: FileHandle, wrapping: Wrapping, limit: number): Promise<Buffer> {
  const parts: Buffer[] = []
  let length = 0
  try {
    for await (const { bytes } of pieces(handle, wrapping)) {
      parts.push(bytes)
      length += bytes.length
      if (length >= limit) break
    }
  } catch (error) {
    // What is damaged further on is told where the records come to it.
    if (!(error instanceof DamagedSource) || length === 0) throw error
  }
  return Buffer.concat(parts).subarray(0, limit)
}

/** The text of a file from its start, piece by piece, unpacked and as UTF-8. Memory does not grow with the file. */
export async function* pieces(handle: FileHandle, { gzip, encoding, bom }: Wrapping): AsyncGenerator<Piece, void, undefined> {
  let skip = bom
  const unpacked = gzip ? gunzipped(handle) : chunks(handle)
  const decoder = encoding === 'utf-8' ? null : decoderOf(encoding)
  let last = 0
  for await (const { bytes, read } of unpacked) {
    last = read
    const rest = bytes.subarray(skip)
    skip -= bytes.length - rest.length
    if (rest.length === 0) continue
    yield { bytes: decoder ? decoder.decode(rest) : rest, read }
  }
  const end = decoder?.decode(null)
  if (end && end.length > 0) yield { bytes: end, read: last }
}

/** Stands in UTF-8 for bytes that are none of the encoding: it is no UTF-8 either, so the record that holds it is refused. */
const WRONG = Buffer.from([0xff])

/** Bytes of another encoding as UTF-8, piece by piece; what is wrong in them stays wrong. Null asks for what was kept back. */
function decoderOf(encoding: string): { decode(bytes: Buffer | null): Buffer } {
  if (encoding === 'utf-16le' || encoding === 'utf-16be') return wideDecoder(encoding === 'utf-16be')
  const decoder = new TextDecoder(encoding, { ignoreBOM: true })
  return { decode: (bytes) => marked((bytes === null ? decoder.decode() : decoder.decode(bytes, { stream: true })).split('\uFFFD')) }
}

/** UTF-16 has no wrong bytes but halves of surrogate pairs; U+FFFD is a character like others. */
function wideDecoder(swapped: boolean): { decode(bytes: Buffer | null): Buffer } {
  let kept = Buffer.alloc(0)
  return {
    decode(bytes) {
      const all = Buffer.concat(bytes === null ? [kept] : [kept, bytes])
      let whole = all.length & ~1
      const units = Buffer.from(all.subarray(0, whole))
      if (swapped) units.swap16()
      // The first half of a pair waits for the second.
      if (bytes !== null && whole >= 2 && ((units[whole - 1] ?? 0) & 0xfc) === 0xd8) whole -= 2
      kept = Buffer.from(all.subarray(whole))
      const pieces = units.toString('utf16le', 0, whole).split(/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/)
      return marked(bytes === null && kept.length > 0 ? [...pieces, ''] : pieces)
    },
  }
}

const marked = (pieces: string[]): Buffer =>
  Buffer.concat(pieces.flatMap((piece, index) => (index === 0 ? [Buffer.from(piece)] : [WRONG, Buffer.from(piece)])))

async function* chunks(handle: FileHandle): AsyncGenerator<Piece, void, undefined> {
  for (let position = 0; ;) {
    // A new buffer a chunk: records are views of it and may outlive the next read.
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES)
    const { bytesRead } = await handle.read(chunk, 0, CHUNK_BYTES, position)
    if (bytesRead === 0) return
    position += bytesRead
    yield { bytes: chunk.subarray(0, bytesRead), read: position }
  }
}

async function* gunzipped(handle: FileHandle): AsyncGenerator<Piece, void, undefined> {
  let unpacked = 0
  try {
    for await (const piece of inflated(handle, constants.Z_FINISH)) {
      unpacked += piece.bytes.length
      if (unpacked > BOMB.bytes && unpacked > BOMB.ratio * piece.read) {
        throw new DamagedSource(`The file unpacks to more than ${BOMB.ratio} times its size. Reading stopped here.`)
      }
      yield piece
    }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? ''
    if (!code.startsWith('Z_')) throw error
    // zlib keeps back what it has of the last piece when the file ends too early: it is asked for that once more.
    if (code === 'Z_BUF_ERROR') yield* behind(inflated(handle, constants.Z_SYNC_FLUSH), unpacked)
    throw new DamagedSource(`The compressed data are damaged or truncated here (${(error as Error).message}).`, { cause: error })
  }
}

async function* inflated(handle: FileHandle, finishFlush: number): AsyncGenerator<Piece, void, undefined> {
  let read = 0
  async function* compressed(): AsyncGenerator<Buffer, void, undefined> {
    for await (const chunk of chunks(handle)) {
      read = chunk.read
      yield chunk.bytes
    }
  }
  const source = Readable.from(compressed(), { objectMode: false })
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES, finishFlush })
  source.on('error', (error) => gunzip.destroy(error))
  source.pipe(gunzip)
  try {
    for await (const bytes of gunzip as AsyncIterable<Buffer>) yield { bytes, read }
  } finally {
    source.destroy()
    gunzip.destroy()
  }
}

async function* behind(source: AsyncIterable<Piece>, count: number): AsyncGenerator<Piece, void, undefined> {
  let skip = count
  for await (const { bytes, read } of source) {
    const rest = bytes.subarray(skip)
    skip -= bytes.length - rest.length
    if (rest.length > 0) yield { bytes: rest, read }
  }
}
