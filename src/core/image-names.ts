/** A check that found an image lost or damaged names it by its content: its place in the media folder. */
const LOST = /^[0-9a-f]{2}\/([0-9a-f]{64})$/

/** The content hash that a reference is, where an image was lost from the project; else null. */
export const lostHash = (reference: string): string | null => LOST.exec(reference)?.[1] ?? null

/**
 * What two references to one image have in common, so that pairs are grouped by it before the image is there. An address is the
 * same everywhere, with its query; a path is relative to its source. Slashes, `.` and `..`, percent-encoding, Unicode
 * composition and a `file:` or `?d=` in front of a path are no difference. Letters keep their case.
 */
export function imageName(source: string, reference: string): string {
  const address = /^https?:\/\//i.test(reference.trim()) ? addressOf(reference.trim()) : null
  return JSON.stringify(address === null ? [source, pathOf(reference)] : [address])
}

function addressOf(reference: string): string | null {
  try {
    const url = new URL(reference)
    url.hash = ''
    return url.href
  } catch {
    return null
  }
}

function pathOf(reference: string): string {
  let path = reference
    .trim()
    .replace(/^file:(?:\/\/(?:localhost)?(?=\/))?/i, '')
    .replace(/^[^?]*\?d=/, '')
  try {
    path = decodeURIComponent(path)
  } catch {
    // A percent sign that encodes nothing is part of the name.
  }
  path = path.normalize('NFC').replaceAll('\\', '/')
  const parts: string[] = []
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop()
    else parts.push(part)
  }
  return (path.startsWith('/') ? '/' : '') + parts.join('/')
}
