import { z } from 'zod'
import { defineKind } from '../kind.ts'
import { plural } from '../../core/format.ts'

/** Pairs a transaction: some tens of milliseconds each. */
const STEP = 1000

export const undoBulkKind = defineKind({
  kind: 'undo-bulk',
  input: z.object({ id: z.number().int(), pairs: z.number().int(), annotator: z.string() }),
  title: ({ id, pairs }) => `Undo bulk action ${id} (${plural(pairs, 'pair')})`,
  // Undone pairs stay undone, so a resumed job starts over with the rest.
  resumable: true,
  resources: ['project-data'],
  async run(context) {
    const { db, signal, progress } = context
    const { id, pairs, annotator } = context.input
    let undone = 0
    let kept = 0
    try {
      for (let after: number | null = 0; after !== null;) {
        signal.throwIfAborted()
        const step: { next: number | null; undone: number; kept: number } = await db.bulk.takeBack(id, after, STEP, annotator)
        undone += step.undone
        kept += step.kept
        after = step.next
        progress({ phase: 'Undoing changes', done: undone + kept, total: pairs, unit: 'pairs' })
      }
      return { bulkId: id, undone, kept }
    } finally {
      for (const topic of ['project', 'curation', 'pairs'] as const) context.publish(topic)
    }
  },
})
