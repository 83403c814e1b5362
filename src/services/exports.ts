import path from 'node:path'
import { demoKind } from '../jobs/kinds/demo.ts'
import { exportKind } from '../jobs/kinds/export.ts'
import type { Backend } from './backend.ts'
import { os } from './procedure.ts'

export function exportsService(backend: Backend) {
  return {
    start: os.exports.start.handler(async ({ input }) => {
      const job = await backend.requireSession().jobs.start(exportKind, { ...input, out: path.resolve(input.out) })
      return { jobId: job.id }
    }),
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
