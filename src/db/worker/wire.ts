import { BlindfoldError, type ErrorCode, type ErrorDetail } from '../../core/errors.ts'

/** What the database thread is started with. */
export type Opening = { folder: string; create: boolean; readOnly: boolean; foreign: boolean }

/** What crosses between the database thread and its client. `id` pairs a result with its call. */
export type Call = { id: number; namespace: string; name: string; args: unknown[] } | { close: true }
export type Reply = { ready: true } | { refused: WireError } | { id: number; result: unknown } | { id: number; error: WireError }

export type WireError = { message: string; stack?: string; name: string; blindfold?: { code: ErrorCode; detail: ErrorDetail } }

export function packError(error: unknown): WireError {
  if (error instanceof BlindfoldError) {
    const { message, stack, name, code, detail } = error
    return { message, stack, name, blindfold: { code, detail } }
  }
  if (error instanceof Error) return { message: error.message, stack: error.stack, name: error.name }
  return { message: String(error), name: 'Error' }
}

/** The error as it was thrown in the thread, its stack included. */
export function unpackError(wire: WireError): Error {
  const error = wire.blindfold
    ? new BlindfoldError(wire.blindfold.code, wire.message, wire.blindfold.detail)
    : Object.assign(new Error(wire.message), { name: wire.name })
  if (wire.stack) error.stack = wire.stack
  return error
}
