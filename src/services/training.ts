import { randomUUID } from 'node:crypto'
import path from 'node:path'
import type { Run, TrainOptions } from '../contract/training.ts'
import type { RunRecord } from '../db/runs/queries.ts'
import { environmentStatus } from '../jobs/python/environment.ts'
import { environmentKind } from '../jobs/kinds/environment.ts'
import { trainKind } from '../jobs/kinds/train.ts'
import { preflight } from '../jobs/training/preflight.ts'
import type { JobRunner } from '../jobs/runner.ts'
import type { Backend, Session } from './backend.ts'
import { os } from './procedure.ts'

/** The trainer's families, as trainer/blindfold_trainer/models/families lists them, with a small instruction-tuned model of each. */
const FAMILIES = [
  { name: 'Qwen2.5-VL', hub: 'Qwen/Qwen2.5-VL-3B-Instruct' },
  { name: 'Qwen3-VL', hub: 'Qwen/Qwen3-VL-2B-Instruct' },
  { name: 'InternVL3', hub: 'OpenGVLab/InternVL3-1B-hf' },
  { name: 'SmolVLM', hub: 'HuggingFaceTB/SmolVLM-256M-Instruct' },
  { name: 'Gemma 3', hub: 'google/gemma-3-4b-it' },
  { name: 'LLaVA', hub: 'llava-hf/llava-1.5-7b-hf' },
]

/** A model of the hub: its owner and its name. */
const HUB_ID = /^[a-z0-9][\w.-]*\/[a-z0-9][\w.-]*$/i

export function trainingService(backend: Backend) {
  /** The model's folder, where it is one: that of an earlier run, or one that may be read. */
  async function usable<Input extends Pick<TrainOptions, 'model'>>(input: Input, { db }: Session): Promise<Input> {
    const { model } = input
    if (model === 'tiny' || HUB_ID.test(model)) return input
    const known = (await db.runs.list()).some(({ options }) => options.model === model)
    return known ? input : { ...input, model: await backend.paths.read(model, 'model') }
  }
  return {
    environment: os.training.environment.handler(() => environmentStatus(backend.places)),

    prepare: os.training.prepare.handler(async () => {
      const { jobs } = backend.requireSession()
      return { jobId: (await jobs.start(environmentKind, {})).id }
    }),

    models: os.training.models.handler(async () => {
      const records = await backend.requireSession().db.runs.list()
      const folders = records.map(({ options }) => options.model).filter((model) => path.isAbsolute(model))
      return { folders: [...new Set(folders)], families: FAMILIES }
    }),

    plan: os.training.plan.handler(({ input }) => backend.requireSession().db.runs.plan(input)),

    preflight: os.training.preflight.handler(async ({ input, signal }) => {
      const session = backend.requireSession()
      const { db, path: project } = session
      return preflight(await usable(input, session), { db, project, places: backend.places, ...(signal ? { signal } : {}) })
    }),

    start: os.training.start.handler(async ({ input: given }) => {
      const session = backend.requireSession()
      const { db, jobs } = session
      const input = await usable(given, session)
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
      const [record, notices] = await Promise.all([db.runs.get(input.runId), db.runs.notices(input.runId)])
      return { ...(await withState(record, jobs)), notices }
    }),

    steps: os.training.steps.handler(async ({ input: { runId, after } }) => {
      const { db } = backend.requireSession()
      await db.runs.get(runId)
      return db.runs.steps(runId, after)
    }),

    sfc: os.training.sfc.handler(({ input }) => backend.requireSession().db.runs.sfcSpread(input.runId)),
  }
}

/** A run with the state of its job. */
async function withState(record: RunRecord, jobs: JobRunner): Promise<Run> {
  const { id, jobId, options, trainSource, trainPairs, testPairs, snapshotHash, step, totalSteps, createdAt } = record
  const { state, resumable } = await jobs.get(jobId)
  return { id, jobId, state, resumable, options, trainSource, trainPairs, testPairs, snapshotHash, step, totalSteps, createdAt }
}
