import type { Slice } from '../contract/curation.ts'
import type { StoredSlice } from '../db/slices/queries.ts'
import { bulkKind, refuseOtherCount } from '../jobs/kinds/bulk.ts'
import { duplicatesKind } from '../jobs/kinds/duplicates.ts'
import { undoBulkKind } from '../jobs/kinds/undo-bulk.ts'
import type { Backend } from './backend.ts'
import { os } from './procedure.ts'
import { annotatorName } from './review.ts'

export function slicesService(backend: Backend) {
  const db = () => backend.requireSession().db
  const counted = async (slice: StoredSlice): Promise<Slice> => ({ ...slice, pairs: await db().pairs.count(slice.filter) })
  /** Runs a change and tells of it. */
  async function changed<Result>(change: Promise<Result>): Promise<Result> {
    const result = await change
    backend.events.publish('curation')
    return result
  }

  return {
    list: os.slices.list.handler(async () => {
      const slices: Slice[] = []
      // One after the other, so that other queries get their turn.
      for (const slice of await db().slices.list()) slices.push(await counted(slice))
      return slices
    }),
    save: os.slices.save.handler(async ({ input }) => counted(await changed(db().slices.save(input.name, input.filter)))),
    rename: os.slices.rename.handler(async ({ input }) => counted(await changed(db().slices.rename(input.id, input.name)))),
    remove: os.slices.remove.handler(async ({ input }) => {
      await changed(db().slices.remove(input.id))
      return null
    }),
  }
}

export function bulkService(backend: Backend) {
  const annotator = annotatorName()
  return {
    start: os.bulk.start.handler(async ({ input }) => {
      const { db, jobs } = backend.requireSession()
      refuseOtherCount(input.expected, await db.pairs.count(input.filter))
      const job = await jobs.start(bulkKind, { ...input, annotator })
      return { jobId: job.id }
    }),
    undo: os.bulk.undo.handler(async ({ input }) => {
      const { db, jobs } = backend.requireSession()
      const { pairs } = await db.bulk.undoable(input.id)
      const job = await jobs.start(undoBulkKind, { id: input.id, pairs, annotator })
      return { jobId: job.id }
    }),
    list: os.bulk.list.handler(() => backend.requireSession().db.bulk.list()),
  }
}

export function duplicatesService(backend: Backend) {
  return {
    summary: os.duplicates.summary.handler(() => backend.requireSession().db.duplicates.summary()),
    find: os.duplicates.find.handler(async () => {
      const job = await backend.requireSession().jobs.start(duplicatesKind, {})
      return { jobId: job.id }
    }),
  }
}
