import { once } from 'node:events'
import { createWriteStream, writeFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { deflateSync, crc32 } from 'node:zlib'
import { random } from '../../src/core/random.ts'

/** Different words, the frequent ones first: word `n` is as frequent as 1 / (n + 2.7), Zipf's law as Mandelbrot has it. */
const WORDS = 60_000
const SYLLABLES = [
  'ta',
  'ro',
  'mi',
  'ke',
  'lo',
  'san',
  'per',
  'in',
  'al',
  'con',
  'de',
  'ver',
  'st',
  'an',
  'qui',
  'mo',
  'ble',
  'ti',
  'or',
  'ex',
]

/** Words of two and more syllables in an order that has nothing to do with their frequency, so that beginnings are mixed. */
export const words: readonly string[] = Array.from({ length: WORDS }, (_, rank) => {
  let rest = (rank * 48_271 + 20) % (20 ** 4 - 20)
  let word = ''
  do {
    word += SYLLABLES[rest % 20]
    rest = Math.floor(rest / 20)
  } while (rest > 0)
  return word
})

const cumulative = new Float64Array(WORDS)
words.forEach((_, rank) => (cumulative[rank] = (cumulative[rank - 1] ?? 0) + 1 / (rank + 2.7)))
const total = cumulative[WORDS - 1] ?? 1

function drawn(at: number): string {
  let low = 0
  let high = WORDS - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if ((cumulative[middle] ?? 0) < at * total) low = middle + 1
    else high = middle
  }
  return words[low] ?? ''
}

/** About `length` characters. */
function text(next: () => number, length: number): string {
  let written = ''
  while (written.length < length) written += `${drawn(next())} `
  return written.trimEnd()
}

/** A file of the data set: nine of ten pairs are text alone, the others have an image each, which no other pair has. */
export type DataPart = { source: 'texts' | 'pictures'; file: string; pairs: number; bytes: number }

/**
 * Writes `pairs` MM-RM records of about 300 characters a field as JSONL, in two files, and images for a tenth of them.
 * Streams: memory does not grow with the number.
 */
export async function writeDataset(folder: string, pairs: number): Promise<DataPart[]> {
  const { next } = random('data')
  const images = Math.floor(pairs / 10)
  for (let i = 0; i < images; i++) {
    if (i % 1000 === 0) await mkdir(path.join(folder, 'images', String(i / 1000)), { recursive: true })
    writeFileSync(path.join(folder, imageName(i)), tinyPng(i))
  }
  const parts: DataPart[] = []
  for (const source of ['texts', 'pictures'] as const) {
    const count = source === 'pictures' ? images : pairs - images
    const file = path.join(folder, `${source}.jsonl`)
    const out = createWriteStream(file)
    let bytes = 0
    for (let i = 0; i < count; i++) {
      const [prompt, chosen, rejected] = [text(next, 300), text(next, 300), text(next, 300)]
      const image = source === 'pictures' ? imageName(i) : null
      const line = `${JSON.stringify({ id: `${source}-${i}`, prompt, img_path: image, chosen, rejected })}\n`
      bytes += line.length
      if (!out.write(line)) await once(out, 'drain')
    }
    out.end()
    await once(out, 'close')
    parts.push({ source, file, pairs: count, bytes })
  }
  return parts
}

const imageName = (i: number): string => `images/${Math.floor(i / 1000)}/${i}.png`

/** A picture of 8 by 8 pixels that no other number has. */
function tinyPng(n: number): Buffer {
  const rows = Array.from({ length: 8 }, (_, y) => [
    0,
    ...Array.from({ length: 24 }, (_, x) => (x < 4 && y === 0 ? (n >> (8 * x)) & 255 : (x * 9 + y * 31) & 255)),
  ])
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
    const framed = Buffer.alloc(body.length + 8)
    framed.writeUInt32BE(data.length)
    body.copy(framed, 4)
    framed.writeUInt32BE(crc32(body), body.length + 4)
    return framed
  }
  const header = Buffer.from([0, 0, 0, 8, 0, 0, 0, 8, 8, 2, 0, 0, 0])
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.from(rows.flat()))),
    chunk('IEND', Buffer.alloc(0)),
  ])
}
