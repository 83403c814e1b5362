import { implement, ORPCError, ValidationError } from '@orpc/server'
import { contract } from '../contract/index.ts'
import { refusal } from '../contract/validation-words.ts'
import { BlindfoldError, type ErrorCode, type ErrorDetail } from '../core/errors.ts'
import { logError } from '../core/log.ts'
import { whileWanted } from '../db/worker/turns.ts'

/**
 * Where every handler starts: `os.pairs.get.handler(...)`. What a handler throws reaches the caller as one of the
 * contract's closed errors: a BlindfoldError as itself, input that the schema refuses as INVALID_INPUT with its field, a
 * result that it refuses as PROJECT_CORRUPT, and anything else as INTERNAL, with its stack on stderr only.
 */
export const os = implement(contract).use(async ({ next, path, signal, procedure }) => {
  const { query } = procedure['~orpc'].meta as { query: boolean }
  try {
    return await (query ? whileWanted(signal, next) : next())
  } catch (error) {
    // The caller left: nobody hears it, and nothing is wrong.
    if (signal?.aborted) throw error
    throw closedError(error, path.join('.'))
  }
})

function closedError(error: unknown, procedure: string): ORPCError<ErrorCode, ErrorDetail> {
  if (error instanceof BlindfoldError) {
    if (error.code === 'INTERNAL') logError(procedure, error)
    return typed(error.code, error.message, error.detail, error)
  }
  const unfit = unfitOutput(error)
  if (unfit) {
    console.error(`${procedure}: ${fieldOf(unfit)}: ${unfit.message}`)
    return typed('PROJECT_CORRUPT', `The project contains a value that Blindfold does not write (${procedure}: ${fieldOf(unfit)}).`, {
      remedy: 'Run blindfold check on the project. If it finds no problems and you created the project yourself, report this.',
      field: fieldOf(unfit),
    })
  }
  const issue = invalidInput(error)
  if (issue) {
    const field = fieldOf(issue)
    return typed('INVALID_INPUT', refusal(field, issue.message), {
      remedy: 'Correct the value and try again.',
      ...(field && { field }),
    })
  }
  logError(procedure, error)
  return typed(
    'INTERNAL',
    `Something went wrong inside Blindfold (${procedure}).`,
    {
      remedy: 'Try again. If it fails again, restart Blindfold. The log shows the details.',
    },
    error,
  )
}

type Issue = ValidationError['issues'][number]

const fieldOf = ({ path }: Issue): string => (path ?? []).map((part) => String(typeof part === 'object' ? part.key : part)).join('.')

/** The first issue of a result that is not what the contract promises: its values are the project's. */
function unfitOutput(error: unknown): Issue | undefined {
  const refused = error instanceof ORPCError && error.code === 'INTERNAL_SERVER_ERROR' && error.cause instanceof ValidationError
  return refused ? (error.cause as ValidationError).issues[0] : undefined
}

/** The first issue where oRPC refused the input before the handler ran. */
function invalidInput(error: unknown) {
  const refused = error instanceof ORPCError && error.code === 'BAD_REQUEST' && error.cause instanceof ValidationError
  return refused ? (error.cause as ValidationError).issues[0] : undefined
}

function typed(code: ErrorCode, message: string, data: ErrorDetail, cause?: unknown) {
  return new ORPCError(code, { message, data, cause })
}
