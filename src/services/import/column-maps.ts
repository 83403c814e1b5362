import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { savedMap, type SavedMap } from '../../contract/imports.ts'
import { BlindfoldError } from '../../core/errors.ts'
import { replaceFileSync } from '../../node/replace-file.ts'
import type { Backend } from '../backend.ts'
import { os } from '../procedure.ts'

const stored = z.array(savedMap)

/** Column maps by name, in `column-maps.json` of the user's folder: what one project has worked out, every other can use. */
export class ColumnMaps {
  readonly #file: string

  constructor(userDir: string) {
    this.#file = join(userDir, 'column-maps.json')
  }

  /** By name. @throws BlindfoldError FILE_UNREADABLE where the file is damaged: it is the user's work and not overwritten */
  list(): SavedMap[] {
    return this.#read().sort((a, b) => a.name.localeCompare(b.name))
  }

  /** Replaces the one of the same name. */
  save(saved: SavedMap): SavedMap[] {
    this.#write([...this.#read().filter(({ name }) => name !== saved.name), saved])
    return this.list()
  }

  /** @throws BlindfoldError NOT_FOUND */
  remove(name: string): SavedMap[] {
    const all = this.#read()
    const left = all.filter((saved) => saved.name !== name)
    if (left.length === all.length) {
      throw new BlindfoldError('NOT_FOUND', `Column map “${name}” not found.`, {
        field: 'name',
        remedy: 'Choose a map from the list.',
      })
    }
    this.#write(left)
    return this.list()
  }

  #read(): SavedMap[] {
    let text: string
    try {
      text = readFileSync(this.#file, 'utf8')
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return []
      throw this.#unreadable(cause)
    }
    try {
      return stored.parse(JSON.parse(text))
    } catch (cause) {
      throw this.#unreadable(cause)
    }
  }

  #unreadable(cause: unknown): BlindfoldError {
    const message = `The saved column maps cannot be read: ${(cause as Error).message.split('\n')[0]}`
    return new BlindfoldError(
      'FILE_UNREADABLE',
      message,
      { file: this.#file, remedy: 'Fix the file, or move it elsewhere to start without maps.' },
      { cause },
    )
  }

  #write(maps: SavedMap[]): void {
    try {
      replaceFileSync(this.#file, `${JSON.stringify(maps, null, 2)}\n`)
    } catch (cause) {
      const message = `The column maps cannot be saved (${(cause as NodeJS.ErrnoException).code}).`
      throw new BlindfoldError(
        'FILE_NOT_WRITABLE',
        message,
        { file: this.#file, remedy: 'Check that you can write to this folder.' },
        { cause },
      )
    }
  }
}

export function columnMapsService({ places }: Backend) {
  const maps = new ColumnMaps(places.userDir)
  return {
    list: os.columnMaps.list.handler(() => maps.list()),
    save: os.columnMaps.save.handler(({ input }) => maps.save(input)),
    remove: os.columnMaps.remove.handler(({ input }) => maps.remove(input.name)),
  }
}
