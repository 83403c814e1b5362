/** All error codes. Add one here before throwing a new kind of error. */
export const ERROR_CODES = [
  'PROJECT_NOT_OPEN',
  'PROJECT_NOT_FOUND',
  'PROJECT_EXISTS',
  'PROJECT_LOCKED',
  'PROJECT_NEWER',
  'PROJECT_CORRUPT',
  'PROJECT_UNSAFE',
  'PROJECT_UNTRUSTED',
  'PROJECT_READ_ONLY',
  'PROJECT_GONE',
  'FILE_NOT_FOUND',
  'FILE_UNREADABLE',
  'FILE_NOT_WRITABLE',
  'FILE_EXISTS',
  'PATH_NOT_ALLOWED',
  'FORMAT_UNKNOWN',
  'LABELS_UNCLEAR',
  'NOT_FOUND',
  'INVALID_INPUT',
  'BUSY',
  'NO_DATA',
  'JOB_STATE',
  'NOTHING_TO_UNDO',
  'NOTHING_TO_REDO',
  'PYTHON_MISSING',
  'TRAINER_ENVIRONMENT',
  'TRAINER_FAILED',
  'SCORING_FAILED',
  'MODEL_UNUSABLE',
  'DOWNLOAD_FAILED',
  'INTERNAL',
] as const

export type ErrorCode = (typeof ERROR_CODES)[number]

/** What keeps a project from being written, but not from being read. */
const READABLE: ReadonlySet<string> = new Set<ErrorCode>(['PROJECT_LOCKED', 'PROJECT_UNTRUSTED', 'FILE_NOT_WRITABLE'])

/** Whether a project that could not be opened because of this error can still be opened read-only. */
export const canStillBeRead = (code: string): boolean => READABLE.has(code)

/** Where the fault lies and what mends it. `row` counts records from 1. */
export type ErrorDetail = { remedy: string; file?: string; row?: number; field?: string }

/**
 * An error a person can act on. Everything that Blindfold throws on purpose is one of these; whatever else is thrown
 * is a defect and reaches the user as `INTERNAL`.
 */
export class BlindfoldError extends Error {
  readonly code: ErrorCode
  readonly detail: ErrorDetail

  constructor(code: ErrorCode, message: string, detail: ErrorDetail, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'BlindfoldError'
    this.code = code
    this.detail = detail
  }
}
