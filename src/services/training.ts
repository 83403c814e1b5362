import { randomUUID } from 'node:crypto'
import type { Run } from '../contract/training.ts'
import type { RunRecord } from '../db/queries/runs.ts'
import { environmentStatus } from '../jobs/environment.ts'
import { environmentKind } from '../jobs/kinds/environment.ts'
import { trainKind } from '../jobs/kinds/train.ts'
import type { JobRunner } from '../jobs/runner.ts'
import type { Backend } from './backend.ts'
import { os } from './procedure.ts'

export function trainingService(backend: Backend) {
  return {
    environment: os.training.environment.handler(() => environmentStatus(backend.places)),

    prepare: os.training.prepare.handler(async () => {
      const { jobs } = backend.requireSession()
      return { jobId: (await jobs.start(environmentKind, {})).id }
    }),

    plan: os.training.plan.handler(({ input }) => backend.requireSession().db.runs.plan(input)),

    start: os.training.start.handler(async ({ input }) => {
      const { db, jobs } = backend.requireSession()
      const runId = randomUUID()
      const run = { id: runId, dir: `runs/${runId}`, options: input }
      const job = await jobs.start(trainKind, { runId, options: input }, (record) => db.runs.create(record, run))
      backend.events.publish('runs', runId)
      return { jobId: job.id, runId }
    }),

    runs: os.training.runs.handler(async () => {
      const { db, jobs } = backend.requireSession()
      const records = await db.runs.list()
      return Promise.all(records.map((record) => withState(record, jobs)))
    }),

    run: os.training.run.handler(async ({ input }) => {
      const { db, jobs } = backend.requireSession()
      const [record, steps] = await Promise.all([db.runs.get(input.runId), db.runs.steps(input.runId)])
      return { ...(await withState(record, jobs)), steps }
    }),
  }
}

/** A run with the state of its job. */
async function withState(record: RunRecord, jobs: JobRunner): Promise<Run> {
  const { id, jobId, options, trainSource, trainPairs, testPairs, snapshotHash, step, totalSteps, createdAt } = record
  const { state, resumable } = await jobs.get(jobId)
  return { id, jobId, state, resumable, options, trainSource, trainPairs, testPairs, snapshotHash, step, totalSteps, createdAt }
}
