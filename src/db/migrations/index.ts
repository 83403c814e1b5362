import * as first from './0001-first.ts'
import * as data from './0002-data.ts'
import * as blindTest from './0003-blind-test.ts'
import * as restored from './0004-restored.ts'
import * as setsAndNotices from './0005-sets-and-notices.ts'
import * as searchWords from './0006-search-words.ts'
import * as units from './0007-units.ts'
import * as convention from './0008-convention.ts'
import * as presentScores from './0009-present-scores.ts'
import * as remarks from './0010-remarks.ts'
import * as namedGroups from './0011-named-groups.ts'
import * as regroupedRuns from './0012-regrouped-runs.ts'
import type { Migration } from './migration.ts'

/** All migrations in their order; versions count from 1 without gaps. */
export const migrations: readonly Migration[] = [
  first,
  data,
  blindTest,
  restored,
  setsAndNotices,
  searchWords,
  units,
  convention,
  presentScores,
  remarks,
  namedGroups,
  regroupedRuns,
]

/** What this version of Blindfold writes. */
export const SCHEMA_VERSION = migrations.length
