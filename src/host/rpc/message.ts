import { z } from 'zod'

/** Number of a call; the client chooses it. */
const id = z.string().min(1).max(40)

/**
 * What a client may send: a call, and word that it no longer wants the answer (4). oRPC knows more (streams towards the
 * server, files, other methods and headers); no procedure takes those, and what is not taken cannot be abused.
 */
const clientMessage = z.union([
  z.strictObject({ i: id, p: z.strictObject({ u: z.string().max(200).startsWith('/'), b: z.unknown().optional() }) }),
  z.strictObject({ i: id, t: z.literal(4) }),
])
export type ClientMessage = z.infer<typeof clientMessage>

/** The message that `data` is, or null. */
export function parseClientMessage(data: unknown): ClientMessage | null {
  if (typeof data !== 'string') return null
  try {
    return clientMessage.safeParse(JSON.parse(data)).data ?? null
  } catch {
    return null
  }
}
