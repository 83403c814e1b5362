import * as annotations from './annotations.ts'
import * as bulk from './bulk.ts'
import * as duplicates from './duplicates.ts'
import * as imports from './imports.ts'
import * as jobs from './jobs.ts'
import * as media from './media.ts'
import * as missing from './missing.ts'
import * as pairSets from './pair-sets.ts'
import * as pairs from './pairs.ts'
import * as projects from './projects.ts'
import * as quarantine from './quarantine.ts'
import * as runs from './runs.ts'
import * as scans from './scans.ts'
import * as slices from './slices.ts'
import * as sources from './sources.ts'
import * as tags from './tags.ts'

/**
 * Everything that is ever asked of the database, by aggregate. Each is a synchronous function whose first argument is
 * the database; arguments and results can be cloned to another thread. These files export such functions only.
 */
export const queries = {
  annotations,
  bulk,
  duplicates,
  imports,
  jobs,
  media,
  missing,
  pairSets,
  pairs,
  projects,
  quarantine,
  runs,
  scans,
  slices,
  sources,
  tags,
}
export type Queries = typeof queries
