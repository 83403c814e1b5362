import type { JobContext } from './kind.ts'

/**
 * Rewrites the audit numbers of all pairs, some at a time, so that other queries get their turn. A job that is stopped goes on
 * with it: numbers of two scans beside each other would be worse than a moment more.
 */
export async function renewAudit({ db, progress }: Pick<JobContext<unknown>, 'db' | 'progress'>): Promise<void> {
  const total = await db.pairs.count({})
  let done = 0
  for (let after: number | null = 0; after !== null;) {
    progress({ phase: 'Storing scores', done, total, unit: 'pairs' })
    const step: { next: number | null; pairs: number } = await db.scans.auditStep(after)
    done += step.pairs
    after = step.next
  }
}
