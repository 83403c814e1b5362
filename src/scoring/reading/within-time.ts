import { createContext, Script } from 'node:vm'

const place = createContext({ work: () => undefined as unknown })
const script = new Script('work()')

/**
 * The result of `work`, which is stopped once it has taken so many milliseconds: a chat template can loop for ever, and a
 * pattern can backtrack for longer than anybody lives. Costs half a millisecond itself, so it is for many texts at once.
 *
 * @throws Error with the code ERR_SCRIPT_EXECUTION_TIMEOUT, and what `work` throws
 */
export function withinTime<Result>(milliseconds: number, work: () => Result): Result {
  place['work'] = work
  return script.runInContext(place, { timeout: milliseconds }) as Result
}

export const tookTooLong = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT'
