import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { codeOf, readError } from '../read-error.ts'

const MAX_FILES = 1_000_000
const MAX_DEPTH = 16
/** Candidates that are told; more than the second are not compared letter by letter. */
const TOLD = 5
const COMPARED = 1000

/** The one file that a name means, or several that it may mean. */
export type Found = { file: string } | { among: string[]; total: number }

type Index = { paths: string[]; names: Map<string, Suffix> }

/** Names are alike whatever their case and however their letters are composed (macOS writes NFD). */
const plain = (segment: string): string => segment.normalize('NFC').toLowerCase()

/**
 * The files of a folder and of the folders in it, found by the end of their paths. The index is made when it is first asked;
 * links are not followed.
 */
export class ImageIndex {
  readonly #root: string
  #index: Promise<Index> | null = null

  constructor(root: string) {
    this.#root = root
  }

  /**
   * The file whose path agrees furthest with the end of one of these names, the first name that any file agrees with deciding.
   * Segments are alike without regard to case and to how letters are composed; where several files agree as far, the one that
   * agrees to the letter is meant. Null where no file has the name.
   *
   * @param names with `/`, the likeliest first
   * @throws BlindfoldError FILE_UNREADABLE where the system refuses to list the folder, or one in it
   */
  async find(names: readonly string[]): Promise<Found | null> {
    const index = await (this.#index ??= indexOf(this.#root))
    for (const name of names) {
      const wanted = name.split('/').filter((segment) => segment !== '' && segment !== '.')
      const base = wanted.at(-1)
      const suffix = base === undefined || base === '..' ? undefined : index.names.get(plain(base))
      if (!suffix) continue
      const fits = suffix.furthest(index.paths, wanted)
      const best = fits.length === 1 ? fits : bestOf(fits, wanted)
      const [only] = best
      if (best.length === 1 && only !== undefined) return { file: path.join(this.#root, only) }
      return { among: best.slice(0, TOLD), total: best.length }
    }
    return null
  }
}

/** Files that share the last segments of their paths; parted by the segment before these only where somebody asks. */
class Suffix {
  readonly #depth: number
  readonly #files: number[] = []
  #before: Map<string, Suffix> | null = null

  constructor(depth: number) {
    this.#depth = depth
  }

  addFile(file: number): void {
    this.#files.push(file)
  }

  furthest(paths: readonly string[], wanted: readonly string[]): string[] {
    const next = wanted.at(-1 - this.#depth)
    const further = this.#files.length > 1 && next !== undefined ? this.#parted(paths).get(plain(next)) : undefined
    return further ? further.furthest(paths, wanted) : this.#files.map((file) => paths[file] ?? '')
  }

  #parted(paths: readonly string[]): Map<string, Suffix> {
    if (this.#before) return this.#before
    const parted = new Map<string, Suffix>()
    for (const file of this.#files) {
      const segment = (paths[file] ?? '').split('/').at(-1 - this.#depth)
      if (segment !== undefined) add(parted, plain(segment), file, this.#depth + 1)
    }
    return (this.#before = parted)
  }
}

function add(into: Map<string, Suffix>, segment: string, file: number, depth: number): void {
  let suffix = into.get(segment)
  if (!suffix) into.set(segment, (suffix = new Suffix(depth)))
  suffix.addFile(file)
}

/** Of files that agree as far: the one whose whole path it is, or that agrees to the letter furthest; all where none stands out. */
function bestOf(paths: readonly string[], wanted: readonly string[]): string[] {
  if (paths.length > COMPARED) return [...paths]
  const same = wanted.join('/')
  const measures: ((file: string) => number)[] = [
    (file) => agreement(file, wanted, (a, b) => a === b),
    (file) => agreement(file, wanted, (a, b) => a.normalize('NFC') === b.normalize('NFC')),
    (file) => (plain(file) === plain(same) ? 1 : 0),
  ]
  let left = [...paths]
  for (const measure of measures) {
    const scores = left.map(measure)
    const most = Math.max(...scores)
    left = left.filter((_file, i) => scores[i] === most)
    if (left.length === 1) return left
  }
  return left
}

function agreement(file: string, wanted: readonly string[], same: (a: string, b: string) => boolean): number {
  const segments = file.split('/')
  let count = 0
  while (count < Math.min(segments.length, wanted.length) && same(segments.at(-1 - count) ?? '', wanted.at(-1 - count) ?? '')) count++
  return count
}

async function indexOf(root: string): Promise<Index> {
  const index: Index = { paths: [], names: new Map() }
  let folders = ['']
  for (let depth = 0; depth < MAX_DEPTH && folders.length > 0; depth++) {
    const next: string[] = []
    for (const folder of folders) {
      for (const entry of await listed(path.join(root, folder))) {
        const name = folder === '' ? entry.name : `${folder}/${entry.name}`
        if (entry.isDirectory()) next.push(name)
        else if (entry.isFile()) {
          add(index.names, plain(entry.name), index.paths.push(name) - 1, 1)
          if (index.paths.length >= MAX_FILES) return index
        }
      }
    }
    folders = next
  }
  return index
}

/** Lists a folder. A missing one has no images; one that cannot be listed may have some, so the search stops. */
async function listed(folder: string) {
  try {
    return await readdir(folder, { withFileTypes: true })
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return []
    throw readError(error, folder)
  }
}
