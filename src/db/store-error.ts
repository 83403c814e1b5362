import { BlindfoldError } from '../core/errors.ts'

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
    const remedy = 'Check that the folder exists and that you may write to it.'
    return new BlindfoldError('FILE_NOT_WRITABLE', 'The project cannot be written to.', { remedy, file }, cause)
  }
  return error
}
