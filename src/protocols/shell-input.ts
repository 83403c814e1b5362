import { z } from 'zod'

/** What the page may ask of the shell, checked again by the shell. Apart from `shell.ts`, so that the preload stays small. */
const fileFilter = z.object({ name: z.string().max(100), extensions: z.array(z.string().regex(/^[a-z0-9*]{1,20}$/)).max(20) })

export const pickFiles = z.object({
  title: z.string().max(200).optional(),
  multiple: z.boolean().optional(),
  filters: z.array(fileFilter).max(10).optional(),
})
export type PickFiles = z.input<typeof pickFiles>

/** `purpose`: what the page will do with the folder and all in it. */
export const pickFolder = z.object({ title: z.string().max(200).optional(), purpose: z.enum(['read', 'write']).default('read') })
export type PickFolder = z.input<typeof pickFolder>

export const pickSave = z.object({
  title: z.string().max(200).optional(),
  /** File name or absolute path that the dialog starts with. */
  suggested: z.string().max(4096).optional(),
  filters: z.array(fileFilter).max(10).optional(),
})
export type PickSave = z.input<typeof pickSave>

/** The project folder that the user is asked about. */
export const confirmTrust = z.string().min(1).max(4096)

/** The path of a file dropped onto the window. The preload sends it, as Electron reports it, never the page. */
export const dropped = z.string().min(1).max(4096)
