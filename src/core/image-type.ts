/**
 * The image type that a file's first bytes say it has, or null. Only raster types that a browser shows without running
 * anything: SVG and HTML are text that can hold scripts and are never named here.
 *
 * @param head the first 16 bytes or more
 */
export function imageType(head: Uint8Array): string | null {
  const at = (offset: number, ...bytes: number[]): boolean => bytes.every((byte, i) => head[offset + i] === byte)
  const ascii = (offset: number, text: string): boolean => at(offset, ...[...text].map((c) => c.charCodeAt(0)))
  if (at(0, 0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)) return 'image/png'
  if (at(0, 0xff, 0xd8, 0xff)) return 'image/jpeg'
  if (ascii(0, 'GIF87a') || ascii(0, 'GIF89a')) return 'image/gif'
  if (ascii(0, 'RIFF') && ascii(8, 'WEBP')) return 'image/webp'
  if (ascii(4, 'ftypavif') || ascii(4, 'ftypavis')) return 'image/avif'
  if (ascii(0, 'BM') && at(6, 0, 0, 0, 0)) return 'image/bmp'
  return null
}

/** Where an image lies in its project folder, as path segments; null where `hash` is not a content hash. */
export function mediaSegments(hash: string): [string, string, string] | null {
  return /^[0-9a-f]{64}$/.test(hash) ? ['media', hash.slice(0, 2), hash] : null
}

/** Where an image's thumbnail lies in its project folder, as path segments; null where `hash` is not a content hash. */
export function thumbnailSegments(hash: string): [string, string, string, string] | null {
  return /^[0-9a-f]{64}$/.test(hash) ? ['media', 'thumbnails', hash.slice(0, 2), `${hash}.webp`] : null
}
