import { randomUUID } from 'node:crypto'
import { lstat, mkdir, readdir, realpath, rename, rm, rmdir } from 'node:fs/promises'
import path from 'node:path'
import { below } from './below.ts'
import { isAlive } from './is-alive.ts'

/** The path with links resolved as far as it exists. */
export async function realPath(file: string): Promise<string> {
  try {
    return await realpath(file)
  } catch {
    const parent = path.dirname(file)
    return parent === file ? file : path.join(await realPath(parent), path.basename(file))
  }
}

/** Whether a path is a folder, or lies in it, wherever links lead. */
export async function isWithin(file: string, folder: string): Promise<boolean> {
  return below(await realPath(folder), await realPath(file)) !== null
}

/**
 * A folder while it is written: a hidden neighbour of its goal, which takes its place by renaming when it is complete.
 * Nothing is left of one that is abandoned; what a killed process left is removed by the next.
 */
export class NewFolder {
  readonly path: string
  readonly #target: string
  /** The topmost folder that had to be made for it. */
  readonly #made: string | undefined

  private constructor(target: string, folder: string, made: string | undefined) {
    this.#target = target
    this.path = folder
    this.#made = made
  }

  static async begin(out: string): Promise<NewFolder> {
    const target = await realPath(out)
    const made = await mkdir(path.dirname(target), { recursive: true })
    await clearAway(target)
    const folder = neighbour(target, 'part')
    await mkdir(folder)
    return new NewFolder(target, folder, made)
  }

  /** Puts it in the place of what is there. There is never a mixture: where this fails, the earlier folder is put back. */
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

/** What processes that have ended left beside the goal: half a folder, or an earlier one that was not put back. */
async function clearAway(target: string): Promise<void> {
  const parent = path.dirname(target)
  const prefix = `.${path.basename(target)}.`
  for (const name of await readdir(parent)) {
    if (!name.startsWith(prefix)) continue
    const [, pid, kind] = /^(\d+)-[0-9a-f-]{36}\.(part|old)$/.exec(name.slice(prefix.length)) ?? []
    // This process, too, may be writing another folder of the same name.
    if (pid === undefined || isAlive(Number(pid))) continue
    const left = path.join(parent, name)
    const gone = (await lstat(target).catch(() => null)) === null
    if (kind === 'old' && gone) await rename(left, target)
    else await rm(left, { recursive: true, force: true })
  }
}
