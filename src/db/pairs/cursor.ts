import type { PairSort } from '../../contract/pairs.ts'
import { BlindfoldError } from '../../core/errors.ts'
import type { Place } from './queue.ts'

/** The opaque form of the place a page ended at; it belongs to one order. */
export function encodeCursor(sort: PairSort, { value, id }: Place): string {
  return Buffer.from(JSON.stringify([sort, value, id])).toString('base64url')
}

/** @throws BlindfoldError INVALID_INPUT where the cursor is not one, or of another order */
export function decodeCursor(sort: PairSort, cursor: string): Place {
  try {
    const [of, value, id] = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')) as unknown[]
    if (of === sort && (value === null || typeof value === 'number') && Number.isSafeInteger(id)) {
      return { value, id: id as number }
    }
  } catch {
    // Not made by `encodeCursor`: refused below.
  }
  throw new BlindfoldError('INVALID_INPUT', 'This cursor is for another list.', {
    remedy: 'Start at the first page, without a cursor.',
    field: 'cursor',
  })
}
