import { readFile, realpath } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { imageType, mediaSegments, thumbnailSegments } from '../../core/image-type.ts'
import { assetAt, imageHeaders } from '../../core/page-policy.ts'

/** A file with the headers it is sent with. */
export type Served = { body: Buffer; headers: Record<string, string> }

/**
 * An asset of the interface by its URL path, or null where there is none. What lies outside `root` is not
 * there, also by way of a symbolic link.
 *
 * @param path the decoded path of the URL, `/` for the page itself
 */
export async function readAsset(root: string, path: string): Promise<Served | null> {
  const asset = assetAt(path)
  const body = asset && (await readInside(root, asset.segments))
  return body && { body, headers: asset.headers }
}

/**
 * An image of the project by its content hash, or its thumbnail where it has one; null where there is none or where its
 * bytes are no raster image.
 */
export async function readImage(projectPath: string, hash: string, { small }: { small: boolean }): Promise<Served | null> {
  const thumbnail = small ? await readSegments(projectPath, thumbnailSegments(hash)) : null
  const body = thumbnail ?? (await readSegments(projectPath, mediaSegments(hash)))
  const type = body && imageType(body.subarray(0, 16))
  return type ? { body, headers: imageHeaders(type, { standsIn: small && thumbnail === null }) } : null
}

const readSegments = async (root: string, segments: string[] | null): Promise<Buffer | null> => segments && readInside(root, segments)

async function readInside(root: string, segments: string[]): Promise<Buffer | null> {
  try {
    const [base, file] = await Promise.all([realpath(root), realpath(join(root, ...segments))])
    return file.startsWith(base + sep) ? await readFile(file) : null
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EISDIR', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) return null
    throw error
  }
}
