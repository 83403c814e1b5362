import { eventIterator } from '@orpc/contract'
import { z } from 'zod'
import { procedure } from './base.ts'

/**
 * Hints that something changed; the data itself is refetched. `seq` grows by one: on a gap or after a reconnect
 * the client refetches everything.
 */
export const event = z.object({
  seq: z.number().int(),
  topic: z.enum(['project', 'jobs', 'pairs', 'scan', 'runs', 'quarantine', 'curation', 'models']),
  /** The job, run or pair that changed, where it is one. */
  id: z.string().optional(),
})
export type Event = z.infer<typeof event>

export const events = {
  subscribe: procedure.output(eventIterator(event)),
}
