import type { JobContext } from '../kind.ts'
import { findDuplicates } from './duplicates.ts'

/** What a call to the database does: some tens of milliseconds, so that other queries get their turn in between. */
const GROUPED = 1000
const INDEXED = 500

export type SettleContext = Pick<JobContext<unknown>, 'db' | 'signal' | 'progress'>

/**
 * What follows when pairs have come or images were found: every pair gets its group, duplicates are looked for, and the
 * words of new pairs go into the search index. Nothing is done where nothing has changed; after a stop it goes on.
 *
 * @throws the signal's reason when aborted
 */
export async function settlePairs(context: SettleContext): Promise<void> {
  await groupPairs(context)
  const { foundAt, stale } = await context.db.duplicates.summary()
  if (foundAt === null || stale) await findDuplicates(context)
  await indexWords(context)
}

/** Gives every pair its group: see `assignGroups`. */
export async function groupPairs({ db, signal, progress }: SettleContext): Promise<void> {
  let done = 0
  for (;;) {
    signal.throwIfAborted()
    const { changed, next } = await db.pairs.assignGroups(GROUPED)
    if (next === null) return
    done += changed
    progress({ phase: 'Grouping pairs', done, total: null, unit: 'pairs' })
  }
}

/** Brings the search up to the last pair. */
export async function indexWords({ db, signal, progress }: SettleContext): Promise<void> {
  const { indexedTo, last } = await db.pairs.searchState()
  const total = last - indexedTo
  for (let done = 0; ;) {
    signal.throwIfAborted()
    if (total > 0) progress({ phase: 'Indexing words', done: Math.min(done, total), total, unit: 'pairs' })
    const indexed = await db.pairs.indexWords(INDEXED)
    if (indexed === 0) return
    done += indexed
  }
}
