import { z } from 'zod'

/** A part of a message: text, or the place of the next of the pair's images. */
export const messagePart = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text'), text: z.string() }),
  z.object({ type: z.literal('image') }),
])

/** One turn of a prompt. Roles are `system`, `user`, `assistant` and `tool`. */
export const message = z.object({ role: z.enum(['system', 'user', 'assistant', 'tool']), content: z.array(messagePart) })
export type Message = z.infer<typeof message>
