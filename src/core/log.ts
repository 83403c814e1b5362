import { inert } from './inert.ts'

/** The one place that writes to the process's log, its standard error. Text of datasets in it is inert. */
export function log(message: string): void {
  console.error(inert(message))
}

/** Logs an error with its stack and causes. */
export function logError(where: string, error: unknown): void {
  log(`${where}: ${described(error)}`)
}

function described(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const cause = error.cause === undefined ? '' : `\n  caused by ${described(error.cause)}`
  return `${error.stack ?? error.message}${cause}`
}
