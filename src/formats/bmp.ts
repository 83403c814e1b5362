import { decode } from 'bmp-ts'

/** Pictures that are not stored pixel by pixel can claim any size in a few bytes. */
const MAX_PACKED_PIXELS = 16_000_000

/** Size in pixels as the header says it. Throws a RangeError where it says nothing that can be. */
export function bmpSize(bytes: Buffer): { width: number; height: number } {
  if (bytes.length < 54 || bytes.readUInt32LE(14) < 40) throw new RangeError('its header is too short')
  const width = bytes.readInt32LE(18)
  // Negative where the rows begin at the top.
  const height = Math.abs(bytes.readInt32LE(22))
  const depth = bytes.readUInt16LE(28)
  const compression = bytes.readUInt32LE(30)
  if (width <= 0 || height === 0 || ![1, 4, 8, 16, 24, 32].includes(depth)) throw new RangeError(`it claims ${width} × ${height} pixels of ${depth} bits`)
  const packed = compression === 1 || compression === 2
  const stored = Math.ceil((width * depth) / 32) * 4 * height
  if (packed ? width * height > MAX_PACKED_PIXELS : bytes.length < bytes.readUInt32LE(10) + stored) {
    throw new RangeError(packed ? `it claims ${width} × ${height} pixels` : 'its pixels are cut short')
  }
  return { width, height }
}

/** Red, green, blue and opacity of every pixel, row by row from the top. Throws where the file is damaged. */
export function bmpPixels(bytes: Buffer): { data: Buffer; width: number; height: number } {
  const { width, height } = bmpSize(bytes)
  const { data } = decode(bytes, { toRGBA: true })
  if (data.length !== width * height * 4) throw new RangeError('its pixels are cut short')
  // The fourth byte of a pixel is without meaning in nearly every file; where it is 0, nothing would be seen.
  for (let at = 3; at < data.length; at += 4) data[at] = 255
  return { data, width, height }
}
