import type { Database } from 'better-sqlite3'
import { existsSync, mkdirSync, renameSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { inside } from '../../node/project-folder.ts'

/** Something that is wrong with a project. */
export type Finding = {
  code:
    | 'database-damaged'
    | 'index-damaged'
    | 'reference-dangling'
    | 'image-missing'
    | 'image-damaged'
    | 'image-unknown'
    | 'image-size'
    | 'image-orphaned'
    | 'thumbnail-missing'
    | 'half-written'
    | 'text-changed'
    | 'identity-differs'
    | 'state-missing'
    | 'state-differs'
    | 'group-differs'
    | 'counts-differ'
    | 'search-differs'
    | 'search-behind'
    | 'folder-orphaned'
    | 'folder-missing'
    | 'link'
    | 'log-lost'
  /** One sentence. */
  what: string
  count: number
  /** A few of them. */
  examples: string[]
  /** What `--repair` does about it; null where nothing can be done but what the sentence says. */
  repair: string | null
}

/** A finding with what mends it, where something does. */
export type Found = Finding & { mend?: () => void }

/** What is looked at. */
export type Place = {
  db: Database
  /** The project's. */
  folder: string
  /** Somebody else has the project open: files may be there of which the database does not know yet. */
  readonly held: boolean
  progress: (phase: string, done: number, total: number) => void
  /** Where a repair puts files away. */
  trash: Trash
}

const EXAMPLES = 5
/** Files that another process may still be at work on. */
const YOUNG_MS = 3_600_000

/** The finding about `items`, as a list of at most one. */
export function found<Item>(
  items: readonly Item[],
  finding: Pick<Finding, 'code' | 'what' | 'repair'>,
  name: (item: Item) => string = String,
  mend?: () => void,
): Found[] {
  if (items.length === 0) return []
  return [{ ...finding, count: items.length, examples: items.slice(0, EXAMPLES).map(name), ...(mend ? { mend } : {}) }]
}

/** Whether a file may belong to work that another process has not written down yet. */
export function inTheMaking(place: Place, file: string): boolean {
  return existsSync(file) && Date.now() - statSync(file).mtimeMs < YOUNG_MS && place.held
}

/** Where a repair puts files away instead of deleting them: a folder of its own in `backups/`, made with the first. */
export class Trash {
  readonly #project: string
  readonly #name: string

  constructor(project: string, stamp: string) {
    this.#project = project
    this.#name = `removed-${stamp}`
  }

  /** Moves a file or folder, named by its path in the project, with forward slashes. */
  put(path: string): void {
    const names = path.split('/')
    const goal = inside(this.#project, 'backups', this.#name, ...names)
    mkdirSync(dirname(goal), { recursive: true })
    renameSync(inside(this.#project, ...names), goal)
  }
}
