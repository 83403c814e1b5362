import { lstat, open, realpath, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { basename, dirname, isAbsolute, join, resolve } from 'node:path'
import { BlindfoldError } from '../core/errors.ts'
import { below } from '../node/below.ts'
import { untrusted } from './trust.ts'

/**
 * Which paths a caller of the procedures may name. A page is never trusted with a path by itself: it shows what strangers
 * wrote. Every procedure with a path asks here before anything looks at it, and goes on with the path that it gets back.
 *
 * All methods throw BlindfoldError PATH_NOT_ALLOWED; `field` is the input's, for the error.
 */
export interface PathRules {
  /** A file or folder to read: data, images, a model. */
  read(path: string, field: string): Promise<string>
  /** A project folder to open. `recent`: the user has opened it before. */
  openProject(path: string, recent: boolean): Promise<string>
  /**
   * The user trusts the project in this folder.
   * @throws BlindfoldError PROJECT_UNTRUSTED if only the caller says so
   */
  trust(folder: string): Promise<void>
  /** A project folder to make; the caller refuses one that is there. */
  createProject(path: string): Promise<string>
  /** A folder to write a dataset into; the caller refuses one that holds anything but an earlier export. */
  writeFolder(path: string, field: string, project: string): Promise<string>
  /**
   * A file to write.
   * @throws BlindfoldError FILE_EXISTS where one is there and is not to be replaced
   */
  writeFile(path: string, field: string, replacing: Replacing): Promise<string>
  /** Where a new project goes unless the user says otherwise. */
  readonly defaultFolder: string
  /** Throws where folders cannot be listed at all: then `visible` is never asked. */
  list(path: string | undefined): Promise<{ path: string; parent: string | null }>
  /** Whether an entry of a listed folder is shown. */
  visible(path: string): Promise<boolean>
}

/** When a file that is there may be replaced: the user has agreed to it, and (where rules ask) Blindfold wrote it. */
export type Replacing = { agreed: boolean; isOurs: (beginning: string) => boolean }

/** How much of a file tells whether Blindfold wrote it. */
const BEGINNING = 4096

/** The command line and whoever calls the services in this process: the user names paths by hand. */
export const anyPath: PathRules = {
  read: (path) => Promise.resolve(resolve(path)),
  openProject: (path) => Promise.resolve(resolve(path)),
  trust: () => Promise.resolve(),
  createProject: (path) => Promise.resolve(resolve(path)),
  writeFolder: (path) => Promise.resolve(resolve(path)),
  writeFile: async (path, field, { agreed }) => {
    const file = resolve(path)
    if (!agreed && (await exists(file))) throw isThere(file, field)
    return file
  },
  defaultFolder: homedir(),
  list: (path = homedir()) => Promise.resolve({ path: resolve(path), parent: parentOf(resolve(path)) }),
  visible: () => Promise.resolve(true),
}

export type Access = 'read' | 'write' | 'trust'

/**
 * The desktop app: what the user chose in a native dialog, dropped onto the window or opened from the system, as the shell
 * tells. A folder stands for all in it, a link for where it leads.
 */
export class GrantedPaths implements PathRules {
  readonly defaultFolder: string
  readonly #granted = new Map<string, 'read' | 'write'>()
  readonly #trusted = new Set<string>()

  constructor(defaultFolder: string = homedir()) {
    this.defaultFolder = defaultFolder
  }

  /** Called for the shell only. */
  async grant(path: string, access: Access): Promise<void> {
    const real = await canonical(path)
    if (real === null) return
    if (access === 'trust') this.#trusted.add(real)
    else if (this.#granted.get(real) !== 'write') this.#granted.set(real, access)
  }

  async read(path: string, field: string): Promise<string> {
    return this.#within(absolute(path, field), 'read', field)
  }

  async openProject(path: string, recent: boolean): Promise<string> {
    const folder = absolute(path, 'path')
    return recent ? folder : this.#within(folder, 'read', 'path')
  }

  async trust(folder: string): Promise<void> {
    const real = await canonical(folder)
    if (real === null || !this.#trusted.has(real)) throw untrusted(folder)
  }

  async createProject(path: string): Promise<string> {
    const folder = absolute(path, 'path')
    return (await beside(folder, join(this.defaultFolder, 'any'))) ? folder : this.#within(folder, 'write', 'path')
  }

  async writeFolder(path: string, field: string, project: string): Promise<string> {
    const folder = absolute(path, field)
    // The user has put the project where it is: a new folder, or an earlier export, may lie beside it.
    return (await beside(folder, project)) ? folder : this.#within(folder, 'write', field)
  }

  async writeFile(path: string, field: string): Promise<string> {
    const file = await this.#within(absolute(path, field), 'write', field)
    // The save dialog asked whether to replace; a folder that was chosen holds files that nobody was asked about.
    const real = await canonical(file)
    if ((await exists(file)) && (real === null || this.#granted.get(real) !== 'write')) throw isThere(file, field)
    return file
  }

  list(): Promise<never> {
    return Promise.reject(
      new BlindfoldError('PATH_NOT_ALLOWED', 'The desktop app does not list folders.', {
        remedy: 'Choose files and folders in the system’s dialogs.',
      }),
    )
  }

  visible(): Promise<boolean> {
    return Promise.resolve(false)
  }

  async #within(path: string, access: 'read' | 'write', field: string): Promise<string> {
    const real = await canonical(path)
    for (let at = real; at !== null; at = parentOf(at)) {
      const granted = this.#granted.get(at)
      if (granted === 'write' || granted === access) return path
    }
    throw new BlindfoldError('PATH_NOT_ALLOWED', `Blindfold has no access to ${path}.`, {
      field,
      file: path,
      remedy: 'Choose it with the button beside the field, or drop it onto the window.',
    })
  }
}

/**
 * `blindfold serve`: the page browses this machine, whose user holds the token. It sees the folders that the server was
 * started with and what lies below, never by a link that leads out, and nothing hidden. It replaces no file of anybody else.
 */
export class RootedPaths implements PathRules {
  readonly #roots: string[]
  readonly #project: string | undefined

  private constructor(roots: string[], project: string | undefined) {
    this.#roots = roots
    this.#project = project
  }

  /**
   * @param project one that may be opened wherever it lies: the user named it on the command line
   * @throws BlindfoldError FILE_NOT_FOUND where a root is no folder
   */
  static async of(roots: readonly string[], project?: string): Promise<RootedPaths> {
    const real = await Promise.all(
      roots.map(async (root) => {
        const folder = await realpath(root).catch(() => null)
        if (folder && (await stat(folder)).isDirectory()) return folder
        throw new BlindfoldError('FILE_NOT_FOUND', `Folder ${root} not found.`, {
          field: 'root',
          file: root,
          remedy: 'Choose a folder that exists.',
        })
      }),
    )
    return new RootedPaths(real, project)
  }

  get defaultFolder(): string {
    return this.#roots[0] as string
  }

  async read(path: string, field: string): Promise<string> {
    return this.#within(absolute(path, field), field)
  }

  async openProject(path: string, recent: boolean): Promise<string> {
    const folder = absolute(path, 'path')
    return recent || folder === this.#project ? folder : this.#within(folder, 'path')
  }

  /** The page asks: a server has no dialogs of its own, and whoever holds the token is the user. */
  trust(): Promise<void> {
    return Promise.resolve()
  }

  async createProject(path: string): Promise<string> {
    return this.#within(absolute(path, 'path'), 'path')
  }

  async writeFolder(path: string, field: string): Promise<string> {
    return this.#within(absolute(path, field), field)
  }

  async writeFile(path: string, field: string, { agreed, isOurs }: Replacing): Promise<string> {
    const file = await this.#within(absolute(path, field), field)
    if (!(await exists(file))) return file
    if (!isOurs(await beginning(file))) {
      throw new BlindfoldError('FILE_NOT_WRITABLE', `${file} was not written by Blindfold, so it is not replaced.`, {
        field,
        file,
        remedy: 'Choose another name.',
      })
    }
    if (!agreed) throw isThere(file, field)
    return file
  }

  async list(path: string = this.defaultFolder): Promise<{ path: string; parent: string | null }> {
    const folder = await this.#within(absolute(path, 'path'), 'path')
    const parent = parentOf(folder)
    return { path: folder, parent: parent !== null && this.#covers(await canonical(parent)) ? parent : null }
  }

  async visible(path: string): Promise<boolean> {
    return this.#covers(await canonical(path))
  }

  async #within(path: string, field: string): Promise<string> {
    if (this.#covers(await canonical(path)) && !hidden(path, this.#roots)) return path
    throw new BlindfoldError('PATH_NOT_ALLOWED', `${path} is outside the folders that this server may access.`, {
      field,
      file: path,
      remedy: `Choose a file or folder in ${this.#roots.join(', ')}, or restart the server with --root and the folder. Hidden files are not available.`,
    })
  }

  #covers(real: string | null): boolean {
    return real !== null && this.#roots.some((root) => below(root, real)?.every((name) => !name.startsWith('.')))
  }
}

/** Whether the two lie in one folder, links resolved. */
async function beside(path: string, other: string): Promise<boolean> {
  const [real, folder] = await Promise.all([canonical(path), canonical(dirname(other))])
  return real !== null && folder !== null && dirname(real) === folder
}

/** Whether the way as it was written leads through something hidden; a link may hide that from the real path. */
const hidden = (path: string, roots: readonly string[]): boolean =>
  roots.every((root) => below(root, path)?.some((name) => name.startsWith('.')) ?? false)

/** @throws BlindfoldError INVALID_INPUT where the path is not absolute */
function absolute(path: string, field: string): string {
  if (isAbsolute(path) && !path.includes('\0')) return resolve(path)
  throw new BlindfoldError('INVALID_INPUT', `${JSON.stringify(path)} is not an absolute path.`, { field, remedy: 'Enter the full path.' })
}

/**
 * The path without links; what does not exist yet keeps its name below the nearest folder that does. Null where nobody can tell:
 * a link to nothing would lead wherever somebody makes its target.
 */
async function canonical(path: string): Promise<string | null> {
  try {
    return await realpath(path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const parent = parentOf(path)
    if (parent === null || (code !== 'ENOENT' && code !== 'ENOTDIR') || (await exists(path))) return null
    const folder = await canonical(parent)
    return folder && join(folder, basename(path))
  }
}

/** Also for a link to nothing. */
const exists = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  )

const parentOf = (path: string): string | null => (dirname(path) === path ? null : dirname(path))

async function beginning(path: string): Promise<string> {
  if (!(await stat(path)).isFile()) return ''
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(BEGINNING), 0, BEGINNING, 0)
    return buffer.subarray(0, bytesRead).toString()
  } finally {
    await file.close()
  }
}

const isThere = (file: string, field: string): BlindfoldError =>
  new BlindfoldError('FILE_EXISTS', `${file} already exists.`, {
    field,
    file,
    remedy: 'Choose another name, or allow Blindfold to replace the file.',
  })
