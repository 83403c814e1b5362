import type { Database } from 'better-sqlite3'

/**
 * Runs one step of work that is done again where it was lost, as a transaction that does not wait for the disk: after a
 * power cut the newest steps may be gone, each as a whole. A commit that waits, such as that of a label, takes all steps
 * before it along. Within a transaction the step is a part of that.
 */
export function resumable<Result>(db: Database, step: () => Result): Result {
  if (db.inTransaction) return step()
  db.pragma('synchronous = NORMAL')
  try {
    return db.transaction(step).immediate()
  } finally {
    db.pragma('synchronous = FULL')
  }
}
