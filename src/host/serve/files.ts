import { constants, readFileSync, realpathSync } from 'node:fs'
import { open, realpath, type FileHandle } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { imageType, mediaSegments, thumbnailSegments } from '../../core/image-type.ts'
import { assetAt, imageHeaders } from '../../core/page-policy.ts'

/** What is sent, with its headers. Whoever gets an open file closes it. */
export type Served = { body: Buffer | FileHandle; headers: Record<string, string> }

/**
 * An asset of the interface by its URL path, or null where there is none. What lies outside `root` is not
 * there, also by way of a symbolic link. Read at once: these files are small and ours, and a busy server would come back
 * late to each of many steps.
 *
 * @param path the decoded path of the URL, `/` for the page itself
 */
export function readAsset(root: string, path: string): Served | null {
  const asset = assetAt(path)
  if (!asset) return null
  try {
    const file = realpathSync(join(root, ...asset.segments))
    return file.startsWith(realpathSync(root) + sep) ? { body: readFileSync(file), headers: asset.headers } : null
  } catch (error) {
    return absent(error)
  }
}

/**
 * An image of the project by its content hash, or its thumbnail where it has one; null where there is none or where its
 * bytes are no raster image.
 */
export async function openImage(projectPath: string, hash: string, { small }: { small: boolean }): Promise<Served | null> {
  const thumbnail = small ? await openSegments(projectPath, thumbnailSegments(hash)) : null
  const file = thumbnail ?? (await openSegments(projectPath, mediaSegments(hash)))
  if (!file) return null
  const head = Buffer.alloc(16)
  const { bytesRead } = await file.read(head, 0, head.length, 0)
  const type = imageType(head.subarray(0, bytesRead))
  if (type) return { body: file, headers: imageHeaders(type, { standsIn: small && thumbnail === null }) }
  await file.close()
  return null
}

const openSegments = async (root: string, segments: string[] | null): Promise<FileHandle | null> => segments && openInside(root, segments)

/** Regular files only: a pipe in a project from elsewhere would be waited for without end. */
async function openInside(root: string, segments: string[]): Promise<FileHandle | null> {
  try {
    const [base, path] = await Promise.all([realpath(root), realpath(join(root, ...segments))])
    if (!path.startsWith(base + sep)) return null
    const file = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0))
    if ((await file.stat()).isFile()) return file
    await file.close()
    return null
  } catch (error) {
    return absent(error)
  }
}

function absent(error: unknown): null {
  if (ABSENT.includes((error as NodeJS.ErrnoException).code ?? '')) return null
  throw error
}

const ABSENT = ['ENOENT', 'ENOTDIR', 'EISDIR', 'EACCES', 'ELOOP', 'ENXIO', 'ENAMETOOLONG']
