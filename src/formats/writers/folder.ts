import { randomUUID } from 'node:crypto'
import { lstat, mkdir, readdir, readFile, realpath, rename, rm, rmdir } from 'node:fs/promises'
import path from 'node:path'
import { APP } from '../../core/app.ts'

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
  const inside = path.relative(await realPath(projectFolder), target)
  // A name may begin with two points.
  const elsewhere = inside === '..' || inside.startsWith(`..${path.sep}`) || path.isAbsolute(inside)
  if (!elsewhere) return 'It lies in the project itself. Choose a folder elsewhere.'
  const found = await lstat(target).catch(() => null)
  if (!found) return null
  if (!found.isDirectory()) return 'It is a file. An export is a folder: choose another name.'
  const names = await readdir(target)
  if (names.length === 0) return null
  const earlier = await earlierExport(target)
  if (!earlier) return 'It is a folder with other files in it. Choose a new or empty folder, or an earlier export.'
  const strange = await foreignFile(target, earlier)
  return strange === null ? null : `It is an earlier export with something else in it (${strange}), which would be lost. Move that away, or choose another folder.`
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

/** The path with links resolved as far as it exists. */
async function realPath(file: string): Promise<string> {
  try {
    return await realpath(file)
  } catch {
    const parent = path.dirname(file)
    return parent === file ? file : path.join(await realPath(parent), path.basename(file))
  }
}

/**
 * The folder of an export while it is written: a hidden neighbour of its goal, so that it takes its place by renaming
 * when it is complete. Nothing is left of one that is abandoned; what a killed process left is removed by the next.
 */
export class ExportFolder {
  readonly path: string
  readonly #target: string
  /** The topmost folder that had to be made for it. */
  readonly #made: string | undefined

  private constructor(target: string, folder: string, made: string | undefined) {
    this.#target = target
    this.path = folder
    this.#made = made
  }

  static async begin(out: string): Promise<ExportFolder> {
    const target = await realPath(out)
    const made = await mkdir(path.dirname(target), { recursive: true })
    await clearAway(target)
    const folder = neighbour(target, 'part')
    await mkdir(folder)
    return new ExportFolder(target, folder, made)
  }

  /** Puts it in the place of what is there. There is never a mixture: where this fails, the earlier export is put back. */
  async commit(): Promise<void> {
    const before = await lstat(this.#target).catch(() => null)
    if (!before) return rename(this.path, this.#target)
    if ((await readdir(this.#target)).length === 0) {
      await rmdir(this.#target)
      return rename(this.path, this.#target)
    }
    const old = neighbour(this.#target, 'old')
    await rename(this.#target, old)
    try {
      await rename(this.path, this.#target)
    } catch (error) {
      await rename(old, this.#target)
      throw error
    }
    await rm(old, { recursive: true, force: true })
  }

  async abandon(): Promise<void> {
    await rm(this.path, { recursive: true, force: true })
    if (this.#made === undefined) return
    // Folders that nobody has put anything else into meanwhile.
    for (let parent = path.dirname(this.path); parent.length >= this.#made.length; parent = path.dirname(parent)) await rmdir(parent)
  }
}

const neighbour = (target: string, kind: 'part' | 'old'): string =>
  path.join(path.dirname(target), `.${path.basename(target)}.${process.pid}-${randomUUID()}.${kind}`)

/** What processes that have ended left beside the goal: half an export, or an earlier one that was not put back. */
async function clearAway(target: string): Promise<void> {
  const parent = path.dirname(target)
  const prefix = `.${path.basename(target)}.`
  for (const name of await readdir(parent)) {
    if (!name.startsWith(prefix)) continue
    const [, pid, kind] = /^(\d+)-[0-9a-f-]{36}\.(part|old)$/.exec(name.slice(prefix.length)) ?? []
    // This process, too, may be writing another export of the same name.
    if (pid === undefined || isAlive(Number(pid))) continue
    const left = path.join(parent, name)
    const gone = (await lstat(target).catch(() => null)) === null
    if (kind === 'old' && gone) await rename(left, target)
    else await rm(left, { recursive: true, force: true })
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
