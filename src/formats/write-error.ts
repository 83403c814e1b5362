import { BlindfoldError } from '../core/errors.ts'

/** A refusal of the file system as an error for people; anything else as it is. */
export function writeError(error: unknown, file: string): unknown {
  const code = (error as NodeJS.ErrnoException | null)?.code
  if (error instanceof BlindfoldError || typeof code !== 'string' || !/^E[A-Z]+$/.test(code)) return error
  const remedy =
    code === 'ENOSPC'
      ? 'Free some space and try again.'
      : code === 'EISDIR'
        ? 'Choose a file, not a folder.'
        : 'Choose a folder that you can write to.'
  return new BlindfoldError('FILE_NOT_WRITABLE', `${file} cannot be written (${code}).`, { file, remedy }, { cause: error })
}
