import { z } from 'zod'
import { message, type Message } from '../../contract/messages.ts'
import { BlindfoldError } from '../../core/errors.ts'

/**
 * A JSON column as its schema reads it. A project may come from anybody, so what its database holds is not believed.
 *
 * @param column `table.column`, for the message
 * @throws BlindfoldError PROJECT_CORRUPT
 */
export const storedJson = <Schema extends z.ZodType>(schema: Schema, text: string, column: string): z.output<Schema> =>
  stored(schema, column, json(text, column))

/** A stored value as its schema reads it. @throws BlindfoldError PROJECT_CORRUPT */
export function stored<Schema extends z.ZodType>(schema: Schema, column: string, value: unknown): z.output<Schema> {
  const found = schema.safeParse(value)
  if (found.success) return found.data
  throw corrupt(column, z.prettifyError(found.error).split('\n')[0] ?? '')
}

const messages = z.array(message)

/** The turns of a prompt; null where it is a plain text. @throws BlindfoldError PROJECT_CORRUPT */
export const storedMessages = (text: string | null): Message[] | null =>
  text === null ? null : storedJson(messages, text, 'pairs.messages')

/** The fields that came with a pair. Their values are whatever JSON holds. @throws BlindfoldError PROJECT_CORRUPT */
export function storedMetadata(text: string): Record<string, z.core.util.JSONType> {
  const found = json(text, 'pairs.metadata')
  if (typeof found === 'object' && found !== null && !Array.isArray(found)) return found as Record<string, z.core.util.JSONType>
  throw corrupt('pairs.metadata', 'it is not an object')
}

function json(text: string, column: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw corrupt(column, (error as Error).message)
  }
}

function corrupt(column: string, why: string): BlindfoldError {
  return new BlindfoldError('PROJECT_CORRUPT', `The project database contains a value in ${column} that Blindfold did not write: ${why}.`, {
    remedy: 'Restore project.db from the backups folder or from your own backup.',
    field: column,
  })
}
