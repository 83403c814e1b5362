import { constants, readFileSync, realpathSync } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { BlindfoldError } from '../core/errors.ts'
import { imageType } from '../core/image-type.ts'
import { assetAt, imageHeaders } from '../core/page-policy.ts'
import { imageFile, thumbnailFile } from './project-folder.ts'

/** The files that a page is given, over HTTP and over the schemes of the desktop app. Whoever gets an open file closes it. */
export type Served<Body> = { body: Body; headers: Record<string, string> }

/**
 * An asset of the interface by its URL path, or null if there is none. What lies outside `root` is not there, also by way
 * of a symbolic link. Read synchronously: these files are small, and on a busy server each asynchronous step waits long.
 *
 * @param path the decoded path of the URL, `/` for the page itself
 */
export function readAsset(root: string, path: string): Served<Buffer> | null {
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
 * An image of the project by its content hash, or with `small` its thumbnail if it has one. Null if there is none, or if its
 * bytes are no raster image.
 */
export async function openImage(project: string, hash: string, { small }: { small: boolean }): Promise<Served<FileHandle> | null> {
  const thumbnail = small ? await openOwn(() => thumbnailFile(project, hash)) : null
  const file = thumbnail ?? (await openOwn(() => imageFile(project, hash)))
  if (!file) return null
  const head = Buffer.alloc(16)
  const { bytesRead } = await file.read(head, 0, head.length, 0)
  const type = imageType(head.subarray(0, bytesRead))
  if (type) return { body: file, headers: imageHeaders(type, { standsIn: small && thumbnail === null }) }
  await file.close()
  return null
}

/** Opens regular files only: reading a pipe would wait without end. */
async function openOwn(path: () => string): Promise<FileHandle | null> {
  try {
    const file = await open(path(), constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0))
    if ((await file.stat()).isFile()) return file
    await file.close()
    return null
  } catch (error) {
    return absent(error)
  }
}

/** A path that leads through a link is as good as absent. */
function absent(error: unknown): null {
  if (error instanceof BlindfoldError && error.code === 'PROJECT_UNSAFE') return null
  if (ABSENT.includes((error as NodeJS.ErrnoException).code ?? '')) return null
  throw error
}

const ABSENT = ['ENOENT', 'ENOTDIR', 'EISDIR', 'EACCES', 'ELOOP', 'ENXIO', 'ENAMETOOLONG']
