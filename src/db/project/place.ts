import { lstatSync } from 'node:fs'
import { dirname } from 'node:path'
import { BlindfoldError } from '../../core/errors.ts'

/**
 * A file that was opened, known by its place on the disk and not by its path: a folder that is moved, removed,
 * replaced or unmounted while it is open keeps its path, or leaves it to another project.
 */
export class Place {
  readonly #file: string
  readonly #opened: string | null

  /** @param file that has just been opened, in a project folder */
  constructor(file: string) {
    this.#file = file
    this.#opened = identity(file)
  }

  /** Whether the path still leads to the file that was opened. A look takes a few microseconds. */
  get holds(): boolean {
    return this.#opened !== null && identity(this.#file) === this.#opened
  }

  /** @throws BlindfoldError PROJECT_GONE before anything is written into a file that nobody will find again */
  assert(): void {
    if (this.holds) return
    const replaced = identity(this.#file) !== null
    throw new BlindfoldError(
      'PROJECT_GONE',
      replaced
        ? 'Another project has replaced the one that is open.'
        : 'The project folder was moved, removed or unmounted while it was open.',
      {
        remedy: 'Nothing more was saved. Open the project again in its new place. It contains everything that was saved before.',
        file: dirname(this.#file),
      },
    )
  }
}

function identity(file: string): string | null {
  try {
    const { dev, ino } = lstatSync(file, { bigint: true })
    return `${dev}:${ino}`
  } catch {
    // Gone, or no longer to be reached.
    return null
  }
}
