import { bulk, duplicates, slices } from './curation.ts'
import { events } from './events.ts'
import { demo, exports } from './exports.ts'
import { columnMaps, imports } from './imports.ts'
import { jobs } from './jobs.ts'
import { scan } from './overview.ts'
import { models } from './models.ts'
import { pairs, review } from './pairs.ts'
import { probe } from './probe.ts'
import { reasons } from './reasons.ts'
import { projects } from './projects.ts'
import { evaluation, training } from './training.ts'

/** Everything the interface can ask of the backend; the same over MessagePort, WebSocket and the command line. */
export const contract = {
  projects,
  imports,
  columnMaps,
  jobs,
  scan,
  probe,
  reasons,
  models,
  pairs,
  slices,
  bulk,
  duplicates,
  review,
  training,
  evaluation,
  exports,
  demo,
  events,
}
export type Contract = typeof contract
