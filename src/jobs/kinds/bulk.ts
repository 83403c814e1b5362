import { z } from 'zod'
import { bulkAction, type BulkAction } from '../../contract/curation.ts'
import { pairFilter } from '../../contract/pairs.ts'
import { BlindfoldError } from '../../core/errors.ts'
import { count, plural } from '../../core/format.ts'
import { defineKind, type JobContext } from '../kind.ts'

/** Pairs a transaction: some tens of milliseconds each. */
const CHANGED = 1000
const LOOKED_AT = 10_000

/** The contract's input, and who it was that asked. */
const input = z.object({ filter: pairFilter, change: bulkAction, expected: z.number().int(), annotator: z.string() })

export const bulkKind = defineKind({
  kind: 'bulk',
  input,
  title: ({ change, expected }) => titleOf(change, expected),
  resumable: true,
  resources: ['project-data'],
  async run(context) {
    const { db, jobId, signal, progress } = context
    const { change, expected, annotator } = context.input
    try {
      const { id, done: before, lastPair } = await db.bulk.begin(jobId, change, annotator)
      if (before === 0) await fixPairs(context, id, lastPair)
      let done = before
      for (;;) {
        signal.throwIfAborted()
        const step = await db.bulk.apply(id, CHANGED)
        done += step.done
        progress({ phase: VERB[change.action], done, total: expected, unit: 'pairs' })
        if (step.over) return { bulkId: id, pairs: done, changed: step.changed }
      }
    } finally {
      for (const topic of ['project', 'curation', 'pairs'] as const) context.publish(topic)
    }
  },
})

/** Writes down which pairs the action is about. @throws BlindfoldError INVALID_INPUT where they are not as many as were agreed to */
async function fixPairs(context: JobContext<z.output<typeof input>>, id: number, lastPair: number): Promise<void> {
  const { db, signal, progress } = context
  const { filter, expected } = context.input
  let pairs = 0
  for (let after = 0; after < lastPair; after += LOOKED_AT) {
    signal.throwIfAborted()
    pairs += await db.bulk.select(id, filter, after, Math.min(after + LOOKED_AT, lastPair))
    progress({ phase: 'Finding pairs', done: Math.min(after + LOOKED_AT, lastPair), total: lastPair, unit: 'pairs' })
  }
  refuseOtherCount(expected, pairs)
}

/** @throws BlindfoldError INVALID_INPUT, naming both counts */
export function refuseOtherCount(expected: number, found: number): void {
  if (expected === found) return
  throw new BlindfoldError(
    'INVALID_INPUT',
    `The filter now matches ${plural(found, 'pair')}, not ${count(expected)}. Nothing was changed.`,
    {
      remedy: 'Check the pairs, then start again with the new count.',
      field: 'expected',
    },
  )
}

const VERB: Record<BulkAction['action'], string> = {
  discard: 'Discarding pairs',
  tag: 'Tagging pairs',
  untag: 'Removing the tag',
  'set-split': 'Setting the split',
}

function titleOf(change: BulkAction, pairs: number): string {
  const of = plural(pairs, 'pair')
  switch (change.action) {
    case 'discard':
      return `Discard ${of}`
    case 'tag':
      return `Tag ${of} “${change.tag}”`
    case 'untag':
      return `Remove the tag “${change.tag}” from ${of}`
    case 'set-split':
      return change.split === '' ? `Remove ${of} from their splits` : `Move ${of} to the split “${change.split}”`
  }
}
