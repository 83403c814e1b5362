import { readdir } from 'node:fs/promises'
import path from 'node:path'

const MAX_FILES = 1_000_000
const MAX_DEPTH = 16

/**
 * Files of a folder and of the folders in it by their base names. The index is made when it is first asked; links are
 * not followed.
 */
export class BaseNames {
  readonly #root: string
  #index: Promise<Map<string, string | number>> | null = null

  constructor(root: string) {
    this.#root = root
  }

  /** The one file of this name, how many there are where it is not one, or null where the folder is too large to tell. */
  async find(name: string): Promise<string | number | null> {
    const index = await (this.#index ??= this.#made())
    return index.get(name) ?? (index.size >= MAX_FILES ? null : 0)
  }

  async #made(): Promise<Map<string, string | number>> {
    const found = new Map<string, string | number>()
    let folders = [this.#root]
    for (let depth = 0; depth < MAX_DEPTH && folders.length > 0; depth++) {
      const next: string[] = []
      for (const folder of folders) {
        // A folder that may not be read has nothing to give.
        for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
          if (entry.isDirectory()) next.push(path.join(folder, entry.name))
          else if (entry.isFile()) {
            const known = found.get(entry.name)
            found.set(entry.name, known === undefined ? path.join(folder, entry.name) : typeof known === 'number' ? known + 1 : 2)
            if (found.size >= MAX_FILES) return found
          }
        }
      }
      folders = next
    }
    return found
  }
}
