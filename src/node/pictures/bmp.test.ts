import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bmpPixels, bmpSize } from './bmp.ts'

/** What a bitmap is made of: its pixels as numbers of `depth` bits, row by row from the top. */
type Drawn = { width: number; height: number; depth: number; values: number[]; topDown?: boolean; masks?: number[]; palette?: number[] }

function bmp(
  { width, height, depth, values, topDown = false, masks, palette = [] }: Drawn,
  coded?: { compression: number; data: Buffer },
): Buffer {
  const row = Math.ceil((width * depth) / 32) * 4
  const plain = Buffer.alloc(row * height)
  values.forEach((value, i) => {
    const y = Math.floor(i / width)
    const start = row * (topDown ? y : height - 1 - y)
    const x = i % width
    if (depth >= 8) plain.writeUIntLE(value, start + (x * depth) / 8, depth / 8)
    else {
      const byte = start + Math.floor((x * depth) / 8)
      plain[byte] = plain[byte]! | (value << (8 - depth - ((x * depth) % 8)))
    }
  })
  const data = coded?.data ?? plain
  const head = Buffer.alloc(54)
  const extra = Buffer.alloc(4 * ((masks?.length ?? 0) + palette.length))
  ;[...(masks ?? []), ...palette].forEach((value, i) => extra.writeUInt32LE(value, 4 * i))
  head.write('BM')
  head.writeUInt32LE(54 + extra.length, 10)
  head.writeUInt32LE(40, 14)
  head.writeInt32LE(width, 18)
  head.writeInt32LE(topDown ? -height : height, 22)
  head.writeUInt16LE(1, 26)
  head.writeUInt16LE(depth, 28)
  head.writeUInt32LE(coded?.compression ?? (masks ? 3 : 0), 30)
  head.writeUInt32LE(palette.length, 46)
  return Buffer.concat([head, extra, data])
}

/** Colours as 0xRRGGBB. */
const colors = (bytes: Buffer): number[] => {
  const { data, width, height } = bmpPixels(bytes, 1e9)
  return Array.from({ length: width * height }, (_, i) => data.readUIntBE(3 * i, 3))
}
const five = (value: number): number => Math.round((value * 255) / 31)
const six = (value: number): number => Math.round((value * 255) / 63)

const drawn = fc
  .record({
    width: fc.integer({ min: 1, max: 19 }),
    height: fc.integer({ min: 1, max: 7 }),
    depth: fc.constantFrom(1, 4, 8, 16, 24, 32),
    topDown: fc.boolean(),
    seed: fc.integer({ min: 1, max: 1e6 }),
  })
  .map(({ width, height, depth, topDown, seed }) => ({
    width,
    height,
    depth,
    topDown,
    values: Array.from({ length: width * height }, (_, i) => (seed * (i + 7) * 2654435761) % 2 ** depth),
  }))

describe('bitmaps', () => {
  test('of every depth, from the bottom or the top, show what was drawn', () => {
    fc.assert(
      fc.property(drawn, (each) => {
        const palette = each.depth <= 8 ? Array.from({ length: 2 ** each.depth }, (_, i) => (i * 5_003_777) % 2 ** 24) : []
        const shown = (value: number): number => {
          if (each.depth <= 8) return palette[value]!
          if (each.depth > 16) return value % 2 ** 24
          return five((value >> 10) & 31) * 65536 + five((value >> 5) & 31) * 256 + five(value & 31)
        }
        expect(colors(bmp({ ...each, palette }))).toEqual(each.values.map(shown))
      }),
      { numRuns: 200 },
    )
  })

  test('with masks of their own', () => {
    const values = [0xffff, 0xf800, 0x07e0, 0x001f, 0x1234]
    const of565 = (v: number) => five(v >> 11) * 65536 + six((v >> 5) & 63) * 256 + five(v & 31)
    expect(colors(bmp({ width: 5, height: 1, depth: 16, values, masks: [0xf800, 0x07e0, 0x001f] }))).toEqual(values.map(of565))
    expect(colors(bmp({ width: 1, height: 1, depth: 32, values: [0x11223344], masks: [0xff000000, 0x00ff0000, 0x0000ff00] }))).toEqual([
      0x112233,
    ])
  })

  test('coded as runs, literals and leaps', () => {
    const palette = Array.from({ length: 16 }, (_, i) => i + 1)
    const shape = { width: 6, height: 3, values: [], palette }
    const rows = (...each: number[][]) =>
      each
        .reverse()
        .flat()
        .map((index) => index + 1)
    const eight = Buffer.from([4, 7, 2, 9, 0, 0, 0, 3, 1, 2, 3, 0, 3, 5, 0, 0, 0, 2, 2, 0, 9, 4, 0, 1])
    expect(colors(bmp({ ...shape, depth: 8 }, { compression: 1, data: eight }))).toEqual(
      rows([7, 7, 7, 7, 9, 9], [1, 2, 3, 5, 5, 5], [0, 0, 4, 4, 4, 4]),
    )
    const four = Buffer.from([5, 0x7a, 0, 0, 0, 5, 0x12, 0x34, 0x50, 0, 1, 0x60, 0, 1])
    expect(colors(bmp({ ...shape, depth: 4 }, { compression: 2, data: four }))).toEqual(
      rows([7, 10, 7, 10, 7, 0], [1, 2, 3, 4, 5, 6], [0, 0, 0, 0, 0, 0]),
    )
    expect(() => colors(bmp({ ...shape, depth: 8 }, { compression: 1, data: eight.subarray(0, 9) }))).toThrow(/cut short/)
  })

  test('are sampled where they are larger than wanted', () => {
    const values = Array.from({ length: 100 * 40 }, (_, i) => i)
    const { data, width, height } = bmpPixels(bmp({ width: 100, height: 40, depth: 24, values }), 30)
    expect([width, height, data.length]).toEqual([25, 10, 750])
    expect(data.readUIntBE(3 * 26, 3)).toBe(404)
  })

  test('that claim what they do not hold are refused, whatever bytes they have', () => {
    const small = { width: 2, height: 2, values: [], palette: [1, 2] }
    const claim = (width: number, height: number, depth: number, compression: number) => {
      const bytes = bmp({ ...small, depth: 8 }, { compression, data: Buffer.alloc(200, 255) })
      bytes.writeInt32LE(width, 18)
      bytes.writeInt32LE(height, 22)
      bytes.writeUInt16LE(depth, 28)
      return () => bmpSize(bytes)
    }
    for (const [width, height, depth, compression] of [
      [50_000, 50_000, 24, 0],
      [50_000, 50_000, 8, 1],
      [-5, 2, 24, 0],
      [2, 0, 24, 0],
      [2, 2, 24, 4],
      [2, 2, 7, 0],
      [2, 2, 24, 1],
    ] as const) {
      expect(claim(width, height, depth, compression)).toThrow(RangeError)
    }
    fc.assert(
      fc.property(drawn, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 5 }), fc.nat(), (each, changes, cut) => {
        const bytes = bmp({ ...each, palette: [1, 2] })
        for (const [at, value] of changes) bytes[at % Math.min(bytes.length, 70)] = value
        const damaged = bytes.subarray(0, cut % 3 === 0 ? cut % bytes.length : bytes.length)
        try {
          const { data, width, height } = bmpPixels(damaged, 64)
          expect([data.length, Math.max(width, height) <= 64]).toEqual([3 * width * height, true])
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError)
        }
      }),
      { numRuns: 2000 },
    )
  })
})
