import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { z } from 'zod'
import { timestamp } from '../contract/base.ts'
import type { RecentProject } from '../contract/projects.ts'
import { holdsProject } from '../node/project-folder.ts'
import { replaceFileSync } from '../node/replace-file.ts'

const KEPT = 20
const stored = z.array(z.object({ path: z.string(), openedAt: timestamp }))
type Stored = z.infer<typeof stored>

/**
 * The projects this user opened last, newest first, in `recent.json` of the user's folder. A file that is damaged
 * counts as empty: the list is a convenience and no reason to refuse to start.
 */
export class Recents {
  readonly #file: string

  constructor(userDir: string) {
    this.#file = join(userDir, 'recent.json')
  }

  list(): RecentProject[] {
    return this.#read().map(({ path, openedAt }) => ({
      path,
      name: projectName(path),
      openedAt,
      exists: holdsProject(path),
    }))
  }

  noteOpened(path: string): void {
    const others = this.#read().filter((recent) => recent.path !== path)
    this.#write([{ path, openedAt: new Date().toISOString() }, ...others].slice(0, KEPT))
  }

  forget(path: string): void {
    this.#write(this.#read().filter((recent) => recent.path !== path))
  }

  #read(): Stored {
    try {
      return stored.catch([]).parse(JSON.parse(readFileSync(this.#file, 'utf8')))
    } catch {
      return []
    }
  }

  #write(recents: Stored): void {
    replaceFileSync(this.#file, JSON.stringify(recents, null, 2))
  }
}

/** `vqa` for `/data/vqa.blindfold`. */
export function projectName(path: string): string {
  return basename(path).replace(/\.blindfold$/, '')
}
