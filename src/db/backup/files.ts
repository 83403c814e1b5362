import { createHash, hash } from 'node:crypto'
import { copyFileSync, createReadStream, linkSync, lstatSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'

/** SHA-256 of a file of any size, in lower-case hex. */
export async function hashFile(file: string, signal?: AbortSignal): Promise<string> {
  const sum = createHash('sha256')
  await pipeline(createReadStream(file), sum, { signal })
  return sum.digest('hex')
}

/** Size and SHA-256 of an image, which is small enough to be read as a whole; null where there is no such file. */
export function readImage(file: string): { bytes: number; hash: string } | null {
  try {
    const bytes = readFileSync(file)
    return { bytes: bytes.length, hash: hash('sha256', bytes, 'hex') }
  } catch (error) {
    if (isGone(error)) return null
    throw error
  }
}

/** Makes `to` the same file as `from`, or a copy of it where the file system cannot do that. Gives which. */
export function linkOrCopy(from: string, to: string): 'linked' | 'copied' {
  mkdirSync(dirname(to), { recursive: true })
  try {
    linkSync(from, to)
    return 'linked'
  } catch (error) {
    if (isGone(error)) throw error
    copyFileSync(from, to)
    return 'copied'
  }
}

/**
 * Copies a file or a folder with all that is in it, while others write there: what goes meanwhile is left out, and so are
 * links, which may lead anywhere. Gives the bytes.
 */
export function copyTree(from: string, to: string): number {
  try {
    const facts = lstatSync(from)
    if (facts.isSymbolicLink()) return 0
    if (facts.isFile()) {
      mkdirSync(dirname(to), { recursive: true })
      copyFileSync(from, to)
      return facts.size
    }
    mkdirSync(to, { recursive: true })
    return readdirSync(from).reduce((sum, name) => sum + copyTree(join(from, name), join(to, name)), 0)
  } catch (error) {
    if (isGone(error)) return 0
    throw error
  }
}

const isGone = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT'
