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
  /** Pairs with a missing image. */
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
  /** The open project, or null. */
  current: query.output(projectInfo.nullable()),
  /** Projects that were opened lately, newest first. */
  recent: query.output(z.array(recentProject)),
  /** Creates the folder `path`, with `.blindfold` added if it is missing, and opens it. */
  create: procedure.input(z.object({ path: z.string().min(1) })).output(projectInfo),
  /**
   * Opens a project. `write` refuses one that was made elsewhere with PROJECT_UNTRUSTED until it is trusted; `read` opens any project
   * read-only, including one that is open elsewhere or cannot be written to.
   */
  open: procedure.input(z.object({ path: z.string().min(1), access: z.enum(['write', 'read']).default('write') })).output(projectInfo),
  /** Trusts the project in a folder as it is now, and opens it for writing. */
  trust: procedure.input(z.object({ path: z.string().min(1) })).output(projectInfo),
  /** Closes the open project. */
  close: procedure.output(z.null()),
  /** Removes a project from the list of recent ones. Its folder stays. */
  forgetRecent: procedure.input(z.object({ path: z.string() })).output(z.null()),
  /** The folder for a new project, unless the user chooses another. */
  defaultFolder: query.output(z.object({ path: z.string() })),
  /**
   * Lists a folder of the machine that the backend runs on (default: `defaultFolder`). Refused in the desktop app, which has native
   * dialogs.
   */
  browse: query
    .input(z.object({ path: z.string().optional() }))
    .output(z.object({ path: z.string(), parent: z.string().nullable(), entries: z.array(folderEntry) })),
}
