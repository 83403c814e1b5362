import { ORPCError } from '@orpc/client'
import type { Failure } from '../../src/contract/errors.ts'
import { ERROR_CODES, type ErrorCode } from '../../src/core/errors.ts'
import { words } from '../words/words.ts'

const t = words.frame

/** A backend error, or the one way of failing that only the window can see: no answer came. */
export type ShownFailure = Omit<Failure, 'code'> & { code: ErrorCode | 'UNREACHABLE' }

const known = new Set<string>(ERROR_CODES)

const isRefusal = (error: unknown): error is ORPCError<string, unknown> => error instanceof ORPCError

/** Whatever a call threw, as code, message and remedy for people. */
export function failureOf(error: unknown): ShownFailure {
  if (isRefusal(error) && known.has(error.code)) {
    const detail = (error.data ?? {}) as Partial<Failure>
    return {
      code: error.code as ErrorCode,
      message: error.message,
      remedy: detail.remedy ?? '',
      file: detail.file,
      row: detail.row,
      field: detail.field,
    }
  }
  if (isRefusal(error)) {
    if (error.code === 'BAD_REQUEST') {
      return { code: 'INVALID_INPUT', message: error.message, remedy: t('failure.invalid') }
    }
    return { code: 'INTERNAL', message: error.message, remedy: t('failure.internal') }
  }
  return {
    code: 'UNREACHABLE',
    message: t('failure.unreachable'),
    remedy: t('failure.unreachableRemedy'),
  }
}

/** `file, row 12, field image`: where the fault lies, or an empty string. */
export function placeOf(failure: Pick<ShownFailure, 'file' | 'row' | 'field'>): string {
  return [
    failure.file,
    failure.row === undefined ? undefined : t('failure.row', { row: `${failure.row}` }),
    failure.field === undefined ? undefined : t('failure.field', { field: failure.field }),
  ]
    .filter((part) => part !== undefined)
    .join(', ')
}
