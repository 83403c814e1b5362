import { z } from 'zod'
import { procedure, query, timestamp } from './base.ts'
import { jobRef } from './jobs.ts'
import { duplicateKind, pairFilter, tagName } from './pairs.ts'

/** A filter kept under a name. `pairs` counts what it has now. */
export const slice = z.object({
  id: z.number().int(),
  name: z.string(),
  filter: pairFilter,
  pairs: z.number().int(),
  createdAt: timestamp,
})
export type Slice = z.infer<typeof slice>

const sliceName = z.string().trim().min(1).max(100)

export const slices = {
  /** Saved filters, with how many pairs each has now. */
  list: query.output(z.array(slice)),
  /** Saves a filter under a name, and replaces the slice of that name. */
  save: procedure.input(z.object({ name: sliceName, filter: pairFilter })).output(slice),
  /** Renames a slice. */
  rename: procedure.input(z.object({ id: z.number().int(), name: sliceName })).output(slice),
  /** Removes a slice. Its pairs stay. */
  remove: procedure.input(z.object({ id: z.number().int() })).output(z.null()),
}

export const bulkAction = z.discriminatedUnion('action', [
  z.object({ action: z.literal('discard') }),
  z.object({ action: z.literal('tag'), tag: tagName }),
  z.object({ action: z.literal('untag'), tag: tagName }),
  z.object({ action: z.literal('set-split'), split: z.string().trim().max(100) }),
])
export type BulkAction = z.infer<typeof bulkAction>

/** `pairs` counts those that the action changed. */
export const bulkEntry = z.object({
  id: z.number().int(),
  jobId: z.string(),
  action: bulkAction,
  annotator: z.string(),
  pairs: z.number().int(),
  /** `partial`: the job was stopped. Resume it to continue, or undo what was done. */
  state: z.enum(['partial', 'done', 'undone']),
  createdAt: timestamp,
})
export type BulkEntry = z.infer<typeof bulkEntry>

export const bulk = {
  /** Changes every pair that meets the filter now. `expected` is the count that the user was shown and confirmed. */
  start: procedure.input(z.object({ filter: pairFilter, change: bulkAction, expected: z.number().int() })).output(jobRef),
  /** Undoes a bulk action, except on pairs that were changed in that respect since. */
  undo: procedure.input(z.object({ id: z.number().int() })).output(jobRef),
  /** Bulk actions, newest first, at most 50. */
  list: query.output(z.array(bulkEntry)),
}

export const duplicates = {
  /** How many pairs repeat others, by kind. */
  summary: query.output(
    z.object({
      /** Null where they were never looked for. `stale`: pairs came or changed since. */
      foundAt: timestamp.nullable(),
      stale: z.boolean(),
      kinds: z.array(z.object({ kind: duplicateKind, sets: z.number().int(), pairs: z.number().int() })),
    }),
  ),
  /** Checks all pairs again. An import does so by itself. */
  find: procedure.output(jobRef),
}
