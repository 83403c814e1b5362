import { randomUUID } from 'node:crypto'
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * Writes a small file in one step: another process that reads at the same time sees the old file or the new one, never half
 * of one. The folder is made if it is missing.
 *
 * @param options.mode of the file, for those that only the user may read
 * @throws the file system's error; then the old file is untouched
 */
export function replaceFile(file: string, text: string, { mode }: { mode?: number } = {}): void {
  mkdirSync(dirname(file), { recursive: true })
  const written = `${file}.${randomUUID()}`
  try {
    writeFileSync(written, text, { flag: 'wx', mode })
    renameSync(written, file)
  } catch (error) {
    rmSync(written, { force: true })
    throw error
  }
}
