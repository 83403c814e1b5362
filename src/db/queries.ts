import * as annotations from './annotations/queries.ts'
import * as bulk from './bulk/queries.ts'
import * as duplicates from './duplicates/queries.ts'
import * as imports from './imports/queries.ts'
import * as jobs from './jobs/queries.ts'
import * as media from './media/queries.ts'
import * as missing from './media/missing.ts'
import * as pairSets from './pair-sets/queries.ts'
import * as pairs from './pairs/queries.ts'
import * as projects from './project/queries.ts'
import * as quarantine from './quarantine/queries.ts'
import * as runs from './runs/queries.ts'
import * as scans from './scans/queries.ts'
import * as slices from './slices/queries.ts'
import * as sources from './sources/queries.ts'
import * as tags from './tags/queries.ts'

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
