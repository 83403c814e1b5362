import { z } from 'zod'
import { ERROR_CODES, type ErrorCode } from '../core/errors.ts'

export const errorCode = z.enum(ERROR_CODES)

export const errorDetail = z.object({
  remedy: z.string(),
  file: z.string().optional(),
  row: z.number().int().optional(),
  field: z.string().optional(),
})

/** An error as it is stored with a job and shown to people. */
export const failure = errorDetail.extend({ code: errorCode, message: z.string() })
export type Failure = z.infer<typeof failure>

/** The errors of every procedure, in the form oRPC wants: one entry a code, all with the same data. */
export const procedureErrors = Object.fromEntries(ERROR_CODES.map((code) => [code, { data: errorDetail }])) as {
  [Code in ErrorCode]: { data: typeof errorDetail }
}
