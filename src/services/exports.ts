import type { ExportPlan } from '../contract/exports.ts'
import { obstacleOf } from '../formats/writers/folder.ts'
import { survey, type ExportRequest } from '../jobs/export/survey.ts'
import { demoKind } from '../jobs/kinds/demo.ts'
import { exportKind, ungrouped } from '../jobs/kinds/export.ts'
import type { Backend, Session } from './backend.ts'
import { os } from './procedure.ts'

export function exportsService(backend: Backend) {
  return {
    plan: os.exports.plan.handler(async ({ input, signal }) => {
      const session = backend.requireSession()
      return plan(session, { ...input, out: await backend.paths.writeFolder(input.out, 'out', session.path) }, signal)
    }),
    start: os.exports.start.handler(async ({ input }) => {
      const { jobs, path } = backend.requireSession()
      const job = await jobs.start(exportKind, { ...input, out: await backend.paths.writeFolder(input.out, 'out', path) })
      return { jobId: job.id }
    }),
  }
}

/** What the job would do; it works by the same survey. */
async function plan({ db, path: folder }: Session, request: ExportRequest, signal?: AbortSignal): Promise<ExportPlan> {
  const { writer, pairs, images, splits, lost, ungrouped: without } = await survey(db, request, { signal })
  if (request.resplit && without > 0) throw ungrouped(without)
  return {
    pairs,
    images: images.size,
    imageBytes: [...images.values()].reduce((sum, bytes) => sum + bytes, 0),
    splits: splits.map(({ split, pairs: n }) => ({ split, pairs: n, files: [writer.file(split)] })),
    lost,
    obstacle: await obstacleOf(request.out, folder),
  }
}

export function demoService(backend: Backend) {
  return {
    start: os.demo.start.handler(async ({ input }) => {
      const job = await backend.requireSession().jobs.start(demoKind, input)
      return { jobId: job.id }
    }),
  }
}
