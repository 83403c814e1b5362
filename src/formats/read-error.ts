import { BlindfoldError } from '../core/errors.ts'

/** The name leads to no file: all other refusals of the system say nothing of the file. */
const ABSENT = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG', 'EINVAL'])

/** Whether the system says that there is no such file. */
export const isAbsent = (error: unknown): boolean => ABSENT.has(codeOf(error) ?? '')

/** The system's code of an error, such as `EMFILE`; null where it is none of the system's. */
export function codeOf(error: unknown): string | null {
  const code = (error as NodeJS.ErrnoException | null)?.code
  return typeof code === 'string' && /^E[A-Z0-9]+$/.test(code) ? code : null
}

const WHY: Record<string, string> = {
  EMFILE: 'too many files are open',
  ENFILE: 'too many files are open',
  EIO: 'disk error',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ENOMEM: 'not enough memory',
  ENOSPC: 'the disk is full',
  EBUSY: 'another program is using it',
}
const REMEDY: Record<string, string> = {
  EACCES: 'Allow Blindfold to read it, then resume the job.',
  EPERM: 'Allow Blindfold to read it, then resume the job.',
  EIO: 'Check the disk, then resume the job.',
}

/**
 * A refusal of the system to read something, for people; any other error as it is. It says nothing of the record that was being
 * read, so whoever reads must stop: a resumed job reads it again.
 */
export function readError(error: unknown, file: string): unknown {
  const code = codeOf(error)
  if (error instanceof BlindfoldError || code === null) return error
  const why = WHY[code]
  const remedy = REMEDY[code] ?? 'Close other programs or free some space, then resume the job.'
  return new BlindfoldError(
    'FILE_UNREADABLE',
    `${file} could not be read: ${why === undefined ? code : `${why} (${code})`}.`,
    { file, remedy },
    { cause: error },
  )
}
