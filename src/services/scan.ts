import { modelFor, scanKind } from '../jobs/kinds/scan.ts'
import type { Backend } from './backend.ts'
import { os } from './procedure.ts'
import { reportOf } from './report.ts'

export function scanService(backend: Backend) {
  return {
    start: os.scan.start.handler(async ({ input }) => {
      // A model that is not there is told at once, not by a job that fails.
      modelFor(input, backend.places.userDir)
      const job = await backend.requireSession().jobs.start(scanKind, input)
      return { jobId: job.id }
    }),
    report: os.scan.report.handler(() => reportOf(backend.requireSession())),
  }
}
