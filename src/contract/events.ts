import { eventIterator } from '@orpc/contract'
import { z } from 'zod'
import { EVENT_TOPICS } from '../core/vocabulary.ts'
import { procedure } from './base.ts'

/**
 * Hints that something changed; the data itself is refetched. `seq` grows by one: on a gap or after a reconnect
 * the client refetches everything.
 */
export const event = z.object({
  seq: z.number().int(),
  topic: z.enum(EVENT_TOPICS),
  /** The job, run or pair that changed, if it is one. */
  id: z.string().optional(),
  /** The annotation that changed the pair. Whoever has it in the history of the pair knows the pair as it is. */
  annotation: z.number().int().optional(),
})
export type Event = z.infer<typeof event>

export const events = {
  /** A stream of hints that something changed. */
  subscribe: procedure.output(eventIterator(event)),
}
