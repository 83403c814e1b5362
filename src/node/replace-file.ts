import { randomUUID } from 'node:crypto'
import { closeSync, fdatasyncSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { mkdir, open, rename, rm, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'

type Options = {
  /** Of the file, for those that only the user may read. */
  mode?: number
  /** Where it is written first: in the same file system. Beside the file by default. */
  temporary?: string
}

/**
 * Writes a file in one step: whoever reads it meanwhile, or after a power cut, finds the old file or the whole new one. The
 * folder is made if it is missing.
 *
 * @param write writes all of it; a text or bytes are written as they are
 * @throws the file system's error, or what `write` throws; then the old file is untouched and nothing is left
 */
export async function replaceFile(
  file: string,
  write: string | Uint8Array | ((file: FileHandle) => Promise<void>),
  { mode, temporary = beside(file) }: Options = {},
): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  const handle = await open(temporary, 'wx', mode)
  try {
    try {
      await (typeof write === 'function' ? write(handle) : handle.writeFile(write))
      await handle.datasync()
    } finally {
      await handle.close()
    }
    await rename(temporary, file)
  } catch (error) {
    // If even that fails, the first error is the one to report.
    await rm(temporary, { force: true }).catch(() => undefined)
    throw error
  }
}

/** The same for a small file, before anything else happens in this thread. */
export function replaceFileSync(file: string, text: string, { mode, temporary = beside(file) }: Options = {}): void {
  mkdirSync(dirname(file), { recursive: true })
  const descriptor = openSync(temporary, 'wx', mode)
  try {
    try {
      writeFileSync(descriptor, text)
      fdatasyncSync(descriptor)
    } finally {
      closeSync(descriptor)
    }
    renameSync(temporary, file)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}

const beside = (file: string): string => `${file}.${randomUUID()}.part`
