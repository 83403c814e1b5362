import { z } from 'zod'
import { procedure, query, timestamp } from './base.ts'

export const projectInfo = z.object({
  /** Absolute path of the `NAME.blindfold` folder. */
  path: z.string(),
  name: z.string(),
  createdAt: timestamp,
  schemaVersion: z.number().int(),
  pairs: z.number().int(),
  images: z.number().int(),
  quarantined: z.number().int(),
  /** Pairs that lack an image that they name. */
  incomplete: z.number().int(),
  /** Newest pairs that a search does not find yet; their words are indexed in the background. */
  unsearched: z.number().int(),
  /** Since when the process had it open whose last changes were lost: it ended without closing the project, and the log beside the database is missing. */
  logLost: timestamp.nullable(),
  /** Open read-only: nothing can be changed. */
  readOnly: z.boolean(),
  /** Made on this machine by this user, or trusted by them. No model of a project that is not trusted is loaded, and none of its jobs resumed. */
  trusted: z.boolean(),
  sources: z.array(
    z.object({
      name: z.string(),
      pairs: z.number().int(),
      splits: z.array(z.string()),
      /** Its pairs by their current split; the empty name is no split. */
      parts: z.array(z.object({ split: z.string(), pairs: z.number().int() })),
    }),
  ),
})
export type ProjectInfo = z.infer<typeof projectInfo>

export const recentProject = z.object({ path: z.string(), name: z.string(), openedAt: timestamp, exists: z.boolean() })
export type RecentProject = z.infer<typeof recentProject>

/** One entry of a folder, for choosing files where there is no native dialog. */
export const folderEntry = z.object({
  name: z.string(),
  path: z.string(),
  kind: z.enum(['folder', 'file', 'project']),
  bytes: z.number().int().nullable(),
})
export type FolderEntry = z.infer<typeof folderEntry>

export const projects = {
  current: query.output(projectInfo.nullable()),
  recent: query.output(z.array(recentProject)),
  /** Makes the folder `path` (the `.blindfold` ending is added where it lacks) and opens it. */
  create: procedure.input(z.object({ path: z.string().min(1) })).output(projectInfo),
  /**
   * `write` refuses a project that was made elsewhere with PROJECT_UNTRUSTED until it is trusted; `read` opens any project
   * read-only, also one that is open elsewhere or cannot be written to.
   */
  open: procedure.input(z.object({ path: z.string().min(1), access: z.enum(['write', 'read']).default('write') })).output(projectInfo),
  /** Trusts the project in a folder as it lies there now, and opens it to work in it. */
  trust: procedure.input(z.object({ path: z.string().min(1) })).output(projectInfo),
  close: procedure.output(z.null()),
  forgetRecent: procedure.input(z.object({ path: z.string() })).output(z.null()),
  /** Where a new project goes unless the user says otherwise. */
  defaultFolder: query.output(z.object({ path: z.string() })),
  /** Lists a folder of the machine the backend runs on; without a path, the default one. Refused in the desktop app, which has native dialogs. */
  browse: query
    .input(z.object({ path: z.string().optional() }))
    .output(z.object({ path: z.string(), parent: z.string().nullable(), entries: z.array(folderEntry) })),
}
