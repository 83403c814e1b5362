import { lstatSync, readFileSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { timestamp } from '../contract/base.ts'
import { BlindfoldError } from '../core/errors.ts'
import { noProject, projectLayout } from '../node/project-folder.ts'
import { replaceFileSync } from '../node/replace-file.ts'

const KEPT = 1000
/** A database file by its place on the disk. Device numbers may change when a disk is connected again; paths when a folder is moved. */
const trusted = z.object({ path: z.string(), device: z.string(), inode: z.string(), made: z.string(), at: timestamp })
type Trusted = z.infer<typeof trusted>
const stored = z.array(trusted)

/**
 * The projects that this user made here or said to trust, in `trusted.json` of the user's folder. A project is known by its
 * database file, not by what is in it, because everything in it may come from somebody else: a copy, or a folder that takes
 * its place, is another project. A file that is damaged trusts nothing.
 */
export class Trust {
  readonly #file: string

  constructor(userDir: string) {
    this.#file = join(userDir, 'trusted.json')
  }

  has(folder: string): boolean {
    const here = identityOf(folder)
    return here !== null && this.#read().some((known) => isSame(known, here))
  }

  /** @throws BlindfoldError PROJECT_NOT_FOUND if there is no project */
  trustFolder(folder: string): void {
    const here = identityOf(folder)
    if (!here) throw noProject(folder)
    const others = this.#read().filter((known) => !isSame(known, here))
    this.#write([{ ...here, at: new Date().toISOString() }, ...others].slice(0, KEPT))
  }

  /** @throws BlindfoldError PROJECT_UNTRUSTED */
  require(folder: string): void {
    if (!this.has(folder)) throw untrusted(folder)
  }

  #read(): Trusted[] {
    try {
      return stored.parse(JSON.parse(readFileSync(this.#file, 'utf8')))
    } catch {
      return []
    }
  }

  #write(list: Trusted[]): void {
    replaceFileSync(
      this.#file,
      `${JSON.stringify(list, null, 2)}
`,
      { mode: 0o600 },
    )
  }
}

type Identity = Omit<Trusted, 'at'>

function identityOf(folder: string): Identity | null {
  const facts = lstatSync(projectLayout(folder).database, { bigint: true, throwIfNoEntry: false })
  return facts ? { path: realpathSync(folder), device: String(facts.dev), inode: String(facts.ino), made: String(facts.birthtimeNs) } : null
}

/** The time it was made tells a file from a later one with the same number. */
const isSame = (a: Identity, b: Identity): boolean =>
  a.inode === b.inode && a.made === b.made && (a.path === b.path || a.device === b.device)

export const untrusted = (folder: string): BlindfoldError =>
  new BlindfoldError('PROJECT_UNTRUSTED', 'This project was made elsewhere and is not trusted yet.', {
    remedy: `Open it read-only, or trust it if you know who made it: blindfold trust --project ${folder}`,
    file: folder,
  })
