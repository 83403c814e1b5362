/**
 * Windows bitmaps, which sharp does not read. They are stored pixel by pixel in rows from the bottom up, or, with 4 or 8 bits
 * a pixel, as runs. See Microsoft's "Bitmap Storage" and "Bitmap Compression".
 */

/** Runs can claim any size in a few bytes. */
const MAX_RUN_PIXELS = 16_000_000

/** What `compression` may be. */
const PLAIN = 0
const RUNS_8 = 1
const RUNS_4 = 2
const MASKS = [3, 6]

type Header = {
  width: number
  height: number
  /** Rows begin at the top. */
  topDown: boolean
  /** Bits a pixel. */
  depth: number
  compression: number
  /** Where pixels begin. */
  pixels: number
  /** Where colours begin, four bytes each, and how many there are. */
  palette: number
  colors: number
}

/** Size in pixels as the header says it. Throws a RangeError where it says nothing that can be, or where pixels are missing. */
export function bmpSize(bytes: Buffer): { width: number; height: number } {
  const { width, height } = header(bytes)
  return { width, height }
}

function header(bytes: Buffer): Header {
  if (bytes.length < 54 || bytes.readUInt32LE(14) < 40) throw new RangeError('its header is too short')
  const pixels = bytes.readUInt32LE(10)
  const width = bytes.readInt32LE(18)
  const height = bytes.readInt32LE(22)
  const depth = bytes.readUInt16LE(28)
  const compression = bytes.readUInt32LE(30)
  const rows = Math.abs(height)
  if (width <= 0 || rows === 0) throw new RangeError(`it claims ${width} × ${rows} pixels`)
  const known =
    (compression === PLAIN && [1, 4, 8, 16, 24, 32].includes(depth)) ||
    (compression === RUNS_8 && depth === 8) ||
    (compression === RUNS_4 && depth === 4) ||
    (MASKS.includes(compression) && (depth === 16 || depth === 32) && bytes.length >= 66)
  if (!known) throw new RangeError(`it claims ${depth} bits a pixel, coded in a way (${compression}) that is none`)
  const runs = compression === RUNS_8 || compression === RUNS_4
  if (runs && width * rows > MAX_RUN_PIXELS) throw new RangeError(`it claims ${width} × ${rows} pixels`)
  if (pixels < 54 || (!runs && bytes.length < pixels + rowBytes(width, depth) * rows)) throw new RangeError('its pixels are cut short')
  const palette = 14 + bytes.readUInt32LE(14)
  const colors = Math.max(0, Math.min(bytes.readUInt32LE(46) || 2 ** depth, 256, Math.floor((bytes.length - palette) / 4)))
  return { width, height: rows, topDown: height < 0, depth, compression, pixels, palette, colors }
}

/** Rows are filled up to four bytes. */
const rowBytes = (width: number, depth: number): number => Math.ceil((width * depth) / 32) * 4

/**
 * Red, green and blue of the pixels, row by row from the top: of all of them, or of every second, third, ... in both directions,
 * so that neither side is longer than `longest`. Opacity is left out: the fourth byte of a pixel is without meaning in nearly
 * every file. Throws a RangeError where the file is damaged.
 */
export function bmpPixels(bytes: Buffer, longest: number): { data: Buffer; width: number; height: number } {
  const head = header(bytes)
  const step = Math.max(1, Math.ceil(Math.max(head.width, head.height) / longest))
  const [width, height] = [Math.ceil(head.width / step), Math.ceil(head.height / step)]
  const data = Buffer.alloc(width * height * 3)
  const colorAt = head.compression === RUNS_8 || head.compression === RUNS_4 ? runColors(bytes, head) : plainColors(bytes, head)
  for (let y = 0, at = 0; y < height; y++) {
    const row = head.topDown ? y * step : head.height - 1 - y * step
    for (let x = 0; x < width; x++, at += 3) data.writeUIntBE(colorAt(x * step, row), at, 3)
  }
  return { data, width, height }
}

/** The colour of a pixel as 0xRRGGBB; `row` as stored. */
type ColorAt = (x: number, row: number) => number

function plainColors(bytes: Buffer, head: Header): ColorAt {
  const { width, depth, pixels } = head
  const length = rowBytes(width, depth)
  const start = (row: number): number => pixels + row * length
  if (depth === 24) return (x, row) => bytes.readUIntLE(start(row) + 3 * x, 3)
  if (depth <= 8) {
    const each = 8 / depth
    const mask = 2 ** depth - 1
    return (x, row) =>
      paletteColor(bytes, head, (bytes.readUInt8(start(row) + Math.floor(x / each)) >> (8 - depth * ((x % each) + 1))) & mask)
  }
  const usual = depth === 16 ? [0x7c00, 0x03e0, 0x001f] : [0xff0000, 0xff00, 0xff]
  const channels = usual.map((mask, i) => channel(head.compression === PLAIN ? mask : bytes.readUInt32LE(54 + 4 * i)))
  const size = depth / 8
  return (x, row) => {
    const value = bytes.readUIntLE(start(row) + size * x, size)
    return channels.reduce((color, of) => color * 256 + of(value), 0)
  }
}

/** Takes the bits of a mask out of a pixel, as a number from 0 to 255. */
function channel(mask: number): (value: number) => number {
  if (mask === 0) return () => 0
  const lowest = 31 - Math.clz32(mask & -mask)
  const most = mask >>> lowest
  return (value) => Math.round((255 * (((value & mask) >>> 0) >>> lowest)) / most) & 0xff
}

/** Colours that are not there are black. */
function paletteColor(bytes: Buffer, { palette, colors }: Header, index: number): number {
  return index < colors ? bytes.readUIntLE(palette + 4 * index, 3) : 0
}

/** Pairs of bytes: a count and a colour, or 0 and 0 for the end of a row, 1 for the end, 2 for a leap, or that many colours as they are. */
function runColors(bytes: Buffer, head: Header): ColorAt {
  const { width, height, depth } = head
  const indices = new Uint8Array(width * height)
  const half = depth === 4
  let [at, x, row] = [head.pixels, 0, 0]
  const put = (count: number, indexOf: (i: number) => number): void => {
    for (let i = 0; i < count && x + i < width; i++) indices[row * width + x + i] = indexOf(i)
    x = Math.min(x + count, width)
  }
  while (row < height) {
    if (at + 2 > bytes.length) throw new RangeError('its pixels are cut short')
    const [count, value] = [bytes.readUInt8(at), bytes.readUInt8(at + 1)]
    at += 2
    if (count > 0) put(count, half ? (i) => (i % 2 === 0 ? value >> 4 : value & 15) : () => value)
    else if (value === 0) [x, row] = [0, row + 1]
    else if (value === 1) break
    else if (value === 2) {
      if (at + 2 > bytes.length) throw new RangeError('its pixels are cut short')
      ;[x, row] = [Math.min(x + bytes.readUInt8(at), width), row + bytes.readUInt8(at + 1)]
      at += 2
    } else {
      const length = half ? Math.ceil(value / 2) : value
      if (at + length > bytes.length) throw new RangeError('its pixels are cut short')
      const from = at
      put(value, half ? (i) => (bytes.readUInt8(from + (i >> 1)) >> (i % 2 === 0 ? 4 : 0)) & 15 : (i) => bytes.readUInt8(from + i))
      at += length + (length % 2)
    }
  }
  return (column, from) => paletteColor(bytes, head, indices[from * width + column] ?? 0)
}
