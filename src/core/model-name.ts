/** What the name of a model to train may be: the built-in one, the absolute path of a folder, or `OWNER/NAME` on the hub. */
export type ModelPlace = 'tiny' | 'folder' | 'hub'

const HUB = /^(?!.*\.\.)[A-Za-z0-9][\w.-]{0,95}\/[A-Za-z0-9][\w.-]{0,95}$/
const FOLDER = /^(\/|[A-Za-z]:[\\/]|\\\\)[^\0]*$/
const REVISION = /^(?!.*\.\.)[A-Za-z0-9][\w./-]{0,199}$/

/** Where a model lies by its name; null for what is none: a relative path, an address, a name with `..` in it. */
export const modelPlace = (model: string): ModelPlace | null =>
  model === 'tiny' ? 'tiny' : FOLDER.test(model) ? 'folder' : HUB.test(model) ? 'hub' : null

/** Whether a text can be a branch, a tag or a commit of a model. */
export const isRevision = (revision: string): boolean => REVISION.test(revision)
