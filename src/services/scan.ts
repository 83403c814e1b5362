import { BlindfoldError } from '../core/errors.ts'
import { modelFor, scanKind } from '../jobs/kinds/scan.ts'
import { stabilityKind } from '../jobs/kinds/stability.ts'
import { isReport, reportHtml } from './report/html/page.ts'
import { replaceFile } from '../node/replace-file.ts'
import type { Backend } from './backend.ts'
import { os } from './procedure.ts'
import { reportOf } from './report/report.ts'

/** Pairs that a saved report shows. */
const EXAMPLES = 8

export function scanService(backend: Backend) {
  return {
    start: os.scan.start.handler(async ({ input }) => {
      // A model that is not there is told at once, not by a job that fails.
      modelFor(input, backend.places.userDir)
      const job = await backend.requireSession().jobs.start(scanKind, input)
      return { jobId: job.id }
    }),

    report: os.scan.report.handler(() => reportOf(backend.requireSession())),

    stability: os.scan.stability.handler(async ({ input }) => {
      const job = await backend.requireSession().jobs.start(stabilityKind, input)
      return { jobId: job.id }
    }),

    saveReport: os.scan.saveReport.handler(async ({ input }) => {
      const session = backend.requireSession()
      const file = await backend.paths.writeFile(input.file, 'file', { agreed: input.replace, isOurs: isReport })
      const report = await reportOf(session)
      if (!report)
        throw new BlindfoldError('NO_DATA', 'This project has no blind test yet.', {
          file: session.path,
          remedy: 'Run the blind test first.',
        })
      const probe = await session.db.scans.latestProbe()
      const examples = await session.db.scans.examplePairs(EXAMPLES)
      await replaceFile(file, reportHtml(report, probe, examples, new Date())).catch((error: Error) => {
        throw new BlindfoldError('FILE_NOT_WRITABLE', `The report cannot be written: ${error.message}`, {
          file,
          remedy: 'Choose a folder that exists and that you can write to.',
        })
      })
      return { file }
    }),
  }
}
