import { createHash } from 'node:crypto'
import { lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'

/** A folder of somebody's own files, which nothing may change. */
export class Sentinel {
  readonly folder: string
  readonly #before: string

  constructor(folder: string) {
    this.folder = folder
    for (const [name, text] of [
      ['secret.txt', 'a secret\n'],
      ['notes/my-notes.md', '# mine\n'],
      ['notes/all.model', 'mine, though it has a name of Blindfold'],
      ['notes/deep/er/keep.txt', 'keep\n'],
      ['.profile', 'export MINE=1\n'],
    ] as const) {
      mkdirSync(join(folder, name, '..'), { recursive: true })
      writeFileSync(join(folder, name), text)
    }
    this.#before = this.#print()
  }

  /** What has changed since; empty if nothing has. */
  changes(): string[] {
    const [before, now] = [this.#before.split('\n'), this.#print().split('\n')]
    return [
      ...before.filter((line) => !now.includes(line)).map((line) => `- ${line}`),
      ...now.filter((line) => !before.includes(line)).map((line) => `+ ${line}`),
    ]
  }

  /** Every entry by its kind, mode, time and bytes. */
  #print(): string {
    const lines: string[] = []
    const walk = (path: string): void => {
      const facts = lstatSync(path)
      const what = facts.isFile()
        ? createHash('sha256').update(readFileSync(path)).digest('hex')
        : facts.isSymbolicLink()
          ? readlinkSync(path)
          : 'folder'
      lines.push(`${relative(this.folder, path)} ${facts.mode.toString(8)} ${facts.mtimeMs} ${what}`)
      if (facts.isDirectory()) for (const name of readdirSync(path).sort()) walk(join(path, name))
    }
    walk(this.folder)
    return lines.join('\n')
  }
}
