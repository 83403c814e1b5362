import { z } from 'zod'

/**
 * What the desktop shell and the backend process say to each other besides procedure calls.
 *
 * In Electron's utility process ports are transferred, so only `port` and `close` are needed. Under
 * `child_process.fork` ports cannot travel: the shell keeps them and relays their messages by number.
 */
export const toBackend = z.discriminatedUnion('type', [
  /** A window's port: transferred with this message, or from now on relayed under `port`. */
  z.object({ type: z.literal('port'), port: z.number().int() }),
  z.object({ type: z.literal('port-message'), port: z.number().int(), data: z.unknown() }),
  z.object({ type: z.literal('port-close'), port: z.number().int() }),
  /** End in good order: close the project and exit. Training runs go on. */
  z.object({ type: z.literal('close') }),
])
export type ToBackend = z.infer<typeof toBackend>

export const fromBackend = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  /** Which project is open: the shell serves images from this folder only. */
  z.object({ type: z.literal('project'), path: z.string().nullable() }),
  z.object({ type: z.literal('port-message'), port: z.number().int(), data: z.unknown() }),
])
export type FromBackend = z.infer<typeof fromBackend>
