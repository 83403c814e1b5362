import { ORPCError } from '@orpc/client'
import { errorDetail, type Failure } from '../../contract/errors.ts'
import { refusal } from '../../contract/validation-words.ts'
import { BlindfoldError, ERROR_CODES, type ErrorCode } from '../../core/errors.ts'
import { inertLine } from '../../core/inert.ts'

export const EXIT = { ok: 0, failure: 1, usage: 2, above: 3, cancelled: 130 } as const

/** A job ended otherwise than well. */
export class JobFailed extends Error {
  readonly failure: Failure

  constructor(failure: Failure) {
    super(failure.message)
    this.failure = failure
  }
}

/** What was asked for was done, and a limit that was given is passed. */
export class LimitPassed extends Error {}

/** The user cancelled with Ctrl-C. */
export class Cancelled extends Error {}

/** Whatever was thrown, as code, message, remedy and place. What is no error of ours is a defect: `INTERNAL`. */
export function toFailure(error: unknown): Failure {
  if (error instanceof JobFailed) return error.failure
  if (error instanceof BlindfoldError) return { code: error.code, message: error.message, ...error.detail }
  if (isRefusal(error)) {
    if (error.code === 'BAD_REQUEST') return invalidInput(error)
    const detail = errorDetail.safeParse(error.data)
    if (detail.success && isCode(error.code)) return { code: error.code, message: error.message, ...detail.data }
  }
  const message = error instanceof Error ? error.message : String(error)
  return { code: 'INTERNAL', message, remedy: 'This is a bug in Blindfold. Report it with the command that you ran.' }
}

/** oRPC's refusal of an input, with the first field that was wrong. */
/** An error as the contract sends it; its types are unknown until they are parsed. */
const isRefusal = (error: unknown): error is ORPCError<string, unknown> => error instanceof ORPCError

function invalidInput(error: ORPCError<string, unknown>): Failure {
  const issues = (error.data as { issues?: { message: string; path?: (string | number)[] }[] } | undefined)?.issues ?? []
  const field = issues[0]?.path?.join('.')
  const message = issues.map((issue) => refusal(issue.path?.join('.') ?? '', issue.message)).join(' ') || error.message
  return { code: 'INVALID_INPUT', message, remedy: 'Correct the option and run the command again.', ...(field ? { field } : {}) }
}

const isCode = (code: string): code is ErrorCode => (ERROR_CODES as readonly string[]).includes(code)

/** For people: what happened, where, and what mends it. */
export function describeFailure(failure: Failure): string {
  const place = [
    failure.file && `file ${inertLine(failure.file)}`,
    failure.row !== undefined && `row ${failure.row}`,
    failure.field && `field ${inertLine(failure.field)}`,
  ].filter(Boolean)
  return [
    `error: ${indented(failure.message)} (${failure.code})`,
    ...(place.length ? [`   in: ${place.join(', ')}`] : []),
    `  fix: ${indented(failure.remedy)}`,
  ].join('\n')
}

/** A line of a message begins under the message, so that no text in it looks like a line of ours. */
const indented = (text: string): string => text.replace(/\n/g, '\n       ')
