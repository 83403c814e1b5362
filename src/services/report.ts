import { basename } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Report } from '../contract/overview.ts'
import { siblingEntry } from '../core/entry.ts'
import type { buildReport, ReportInputs } from '../core/report.ts'
import type { Session } from './backend.ts'

/**
 * The blind-test report of the open project; null before the first scan, and where no scored pair is left. It is made
 * once for each state of the data and then read back.
 */
export async function reportOf({ db, path, readOnly }: Session): Promise<Report | null> {
  const scan = await db.scans.latest()
  if (!scan) return null
  const revision = await db.scans.revision()
  const stored = await db.scans.storedReport(scan.id, revision)
  if (stored) return stored
  const inputs = await db.scans.reportInputs()
  if (inputs.scored.length === 0) return null
  const report: Report = { project: basename(path, '.blindfold'), ...(await computed(inputs)) }
  if (!readOnly) await db.scans.storeReport(scan.id, revision, report)
  return report
}

function computed(inputs: ReportInputs): Promise<ReturnType<typeof buildReport>> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(siblingEntry(import.meta.url, 'report-worker')), { workerData: inputs, name: 'report' })
    worker.once('message', resolve)
    worker.once('error', reject)
  })
}
