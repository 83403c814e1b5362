import { InvalidArgumentError } from 'commander'

/** Readers of the values of options. They throw InvalidArgumentError for a value that is none. */

/** Gathers the values of an option that may be repeated. */
export const collect = <Value>(value: Value, before: readonly Value[] | undefined): Value[] => [...(before ?? []), value]

/** A number within bounds; any number without them. */
export const number =
  (low = -Infinity, high = Infinity) =>
  (text: string): number => {
    const n = Number(text)
    if (text.trim() !== '' && Number.isFinite(n) && n >= low && n <= high) return n
    throw new InvalidArgumentError(low === -Infinity ? 'It must be a number.' : `It must be a number from ${low} to ${high}.`)
  }
