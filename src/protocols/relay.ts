import { z } from 'zod'

/** The backend's helper processes: each owns one onnxruntime-node. Nothing else is ever started for it. */
export const helperEntry = z.enum(['scoring-process', 'probe-process'])
export type HelperEntry = z.infer<typeof helperEntry>

/**
 * What the desktop shell and the backend process say to each other besides procedure calls.
 *
 * In Electron's utility process ports are transferred, so no `port-…` message but `port` itself is needed, and only the shell can
 * start another one: the backend asks it for a helper by name and gets a port to it. Under `child_process.fork` ports
 * cannot travel: the shell keeps them and relays their messages by number, and the backend forks its helpers itself.
 */
export const toBackend = z.discriminatedUnion('type', [
  /** A window's port: transferred with this message, or from now on relayed under `port`. */
  z.object({ type: z.literal('port'), port: z.number().int() }),
  z.object({ type: z.literal('port-message'), port: z.number().int(), data: z.unknown() }),
  z.object({ type: z.literal('port-close'), port: z.number().int() }),
  /**
   * The user chose this path in a native dialog, dropped it onto the window or opened it from the system: pages may name it and,
   * where it is a folder, what lies in it. With `trust`, the user trusts the project in this folder. Answered with `granted`.
   */
  z.object({ type: z.literal('grant'), grant: z.number().int(), path: z.string().min(1), access: z.enum(['read', 'write', 'trust']) }),
  /** A helper runs; the port to it is transferred with this message. */
  z.object({ type: z.literal('helper-started'), helper: z.number().int(), pid: z.number().int() }),
  /** What it wrote to its stderr. */
  z.object({ type: z.literal('helper-log'), helper: z.number().int(), text: z.string() }),
  /** It has ended, or could not be started. `how` is for people. */
  z.object({ type: z.literal('helper-ended'), helper: z.number().int(), how: z.string() }),
  /** End in good order: close the project and exit. Training runs go on. */
  z.object({ type: z.literal('close') }),
])
export type ToBackend = z.infer<typeof toBackend>

export const fromBackend = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  /** Which project is open: the shell serves images from this folder only. */
  z.object({ type: z.literal('project'), path: z.string().nullable() }),
  z.object({ type: z.literal('port-message'), port: z.number().int(), data: z.unknown() }),
  z.object({ type: z.literal('granted'), grant: z.number().int() }),
  /** Start a helper and know it as `helper` from now on. */
  z.object({ type: z.literal('helper-start'), helper: z.number().int(), entry: helperEntry }),
  /** End it at once. */
  z.object({ type: z.literal('helper-kill'), helper: z.number().int() }),
])
export type FromBackend = z.infer<typeof fromBackend>

/** What a helper in a utility process sends to the backend through its port. */
export const fromHelper = z.discriminatedUnion('type', [
  z.object({ type: z.literal('message'), data: z.unknown() }),
  /**
   * Everything was sent and the process may be ended. It does not end by itself: what is still on its way would be lost
   * with it.
   */
  z.object({ type: z.literal('end'), code: z.number().int() }),
])
export type FromHelper = z.infer<typeof fromHelper>
