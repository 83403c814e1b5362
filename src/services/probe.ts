import { probeKind, probeModel } from '../jobs/kinds/probe.ts'
import type { Backend } from './backend.ts'
import { os } from './procedure.ts'

export function probeService(backend: Backend) {
  return {
    start: os.probe.start.handler(async ({ input }) => {
      // A model that is not there is told at once, not by a job that fails.
      probeModel(input.modelId, backend.places.userDir)
      const job = await backend.requireSession().jobs.start(probeKind, input)
      return { jobId: job.id }
    }),
    report: os.probe.report.handler(() => backend.requireSession().db.scans.latestProbe()),
  }
}
