import { lstat, readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { APP } from '../../core/app.ts'
import { isWithin, realPath } from '../../node/new-folder.ts'

export const MANIFEST = 'manifest.json'

/** What an earlier export says of itself, as far as replacing it needs to know. */
type Earlier = { generator: string; files: { path: string }[] }

/**
 * Why the export cannot be written to `out`, or null: it must be absent, an empty folder, or an earlier export with
 * nothing else in it, and lie outside the project.
 *
 * @param out absolute
 */
export async function obstacleOf(out: string, projectFolder: string): Promise<string | null> {
  const target = await realPath(out)
  if (await isWithin(target, projectFolder)) return 'This folder is inside the project. Choose a folder elsewhere.'
  const found = await lstat(target).catch(() => null)
  if (!found) return null
  if (!found.isDirectory()) return 'A file has this name, and an export is a folder. Choose another name.'
  const names = await readdir(target)
  if (names.length === 0) return null
  const earlier = await earlierExport(target)
  if (!earlier) return 'The folder contains other files. Choose a new or empty folder, or an earlier export.'
  const strange = await foreignFile(target, earlier)
  return strange === null
    ? null
    : `The folder is an earlier export that also contains ${strange}, which would be lost. Move it elsewhere, or choose another folder.`
}

async function earlierExport(folder: string): Promise<Earlier | null> {
  try {
    const found = JSON.parse(await readFile(path.join(folder, MANIFEST), 'utf8')) as Partial<Earlier>
    return found.generator === APP.name && Array.isArray(found.files) ? (found as Earlier) : null
  } catch {
    return null
  }
}

/** What systems put into folders that somebody looks at. */
const LITTER = new Set(['.DS_Store', 'Thumbs.db', 'desktop.ini'])

/** A file that the export did not write. Links are never followed. */
async function foreignFile(folder: string, { files }: Earlier): Promise<string | null> {
  const known = new Set([MANIFEST, ...files.map((file) => file.path)])
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isDirectory() || LITTER.has(entry.name)) continue
    const name = path.relative(folder, path.join(entry.parentPath, entry.name)).split(path.sep).join('/')
    if (!known.has(name)) return name
  }
  return null
}
