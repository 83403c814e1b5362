import { BlindfoldError } from '../../core/errors.ts'

/** The same for a project that is open read-only: a write is refused, and nothing is wrong. */
export function readOnlyError(error: unknown, folder: string): unknown {
  return (error as { code?: unknown } | null)?.code === 'SQLITE_READONLY' ? readOnlyRefusal(folder) : storeError(error, folder)
}

export const readOnlyRefusal = (folder: string): BlindfoldError =>
  new BlindfoldError('PROJECT_READ_ONLY', 'The project is open read-only.', {
    remedy: 'Close it, then open it for editing. A project from another computer must be trusted first.',
    file: folder,
  })

/** A refusal by SQLite or the file system, as an error a person can act on; whatever else it is comes back unchanged. */
export function storeError(error: unknown, file: string): unknown {
  const code = (error as { code?: unknown } | null)?.code
  if (error instanceof BlindfoldError || typeof code !== 'string') return error
  const cause = { cause: error }
  if (code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB') {
    const remedy = 'Restore project.db from the backups folder or from your own backup.'
    return new BlindfoldError('PROJECT_CORRUPT', 'The project database is damaged.', { remedy, file }, cause)
  }
  if (code === 'EMFILE' || code === 'ENFILE') {
    const remedy = 'Close other programs, or raise the limit of open files (ulimit -n), and try again.'
    return new BlindfoldError('FILE_NOT_WRITABLE', 'This machine has too many files open.', { remedy, file }, cause)
  }
  if (code === 'SQLITE_FULL' || code === 'ENOSPC' || code === 'EDQUOT') {
    const remedy = 'Free some space and try again.'
    return new BlindfoldError('FILE_NOT_WRITABLE', 'The disk is full.', { remedy, file }, cause)
  }
  if (/^(SQLITE_(READONLY|CANTOPEN|IOERR|PERM)|EACCES|EPERM|EROFS|ENOTDIR|EEXIST|EIO)/.test(code)) {
    const remedy =
      'Check that the folder exists and that you can write to it. A project that cannot be written to can still be opened read-only.'
    return new BlindfoldError('FILE_NOT_WRITABLE', 'The project cannot be written to.', { remedy, file }, cause)
  }
  return error
}
