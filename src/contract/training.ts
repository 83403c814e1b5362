import { z } from 'zod'
import { estimate, procedure, timestamp } from './base.ts'
import { jobRef, jobState } from './jobs.ts'
import { pairFilter } from './pairs.ts'

export const trainingMethod = z.enum(['standard', 'text-only', 'shortcut-aware'])
export type TrainingMethod = z.infer<typeof trainingMethod>

export const trainInput = z.object({
  method: trainingMethod,
  /** The training environment: pairs of these sources. */
  sources: z.array(z.string()).min(1),
  /** Further limits on the training pairs. Discarded and tied pairs are always left out, and so is every group that has a test pair. */
  filter: pairFilter.omit({ sources: true }).default({}),
  model: z.enum(['tiny']).default('tiny'),
  seed: z.number().int().min(0).max(2 ** 31 - 1).default(0),
  epochs: z.number().int().min(1).max(100).default(3),
  batchSize: z.number().int().min(2).max(4096).default(64),
  learningRate: z.number().positive().max(1).default(5e-4),
  /** Normalise the SFC to mean 1 in every batch. */
  sfcNormalise: z.boolean().default(false),
  proxyInput: z.enum(['drop', 'blank']).default('drop'),
})
export type TrainInput = z.input<typeof trainInput>
export type TrainOptions = z.output<typeof trainInput>

export const stepPoint = z.object({
  step: z.number().int(),
  epoch: z.number(),
  lossMm: z.number().nullable(),
  lossText: z.number().nullable(),
  accMm: z.number().nullable(),
  accText: z.number().nullable(),
  sfcMean: z.number().nullable(),
  lr: z.number(),
  pairsPerSecond: z.number(),
})
export type StepPoint = z.infer<typeof stepPoint>

export const run = z.object({
  id: z.string(),
  jobId: z.string(),
  state: jobState,
  resumable: z.boolean(),
  options: trainInput,
  /** The training environment as one name: the sources joined by `+`. */
  trainSource: z.string(),
  trainPairs: z.number().int(),
  testPairs: z.number().int(),
  /** Hash over pair ids, texts and labels: two runs with the same hash saw the same data. */
  snapshotHash: z.string(),
  step: z.number().int(),
  totalSteps: z.number().int().nullable(),
  createdAt: timestamp,
})
export type Run = z.infer<typeof run>

export const runRef = z.object({ runId: z.string() })

export const environmentStatus = z.discriminatedUnion('status', [
  z.object({ status: z.literal('ready'), python: z.string(), torch: z.string() }),
  z.object({ status: z.literal('absent'), bytesNeeded: z.number().int(), location: z.string() }),
  z.object({ status: z.literal('broken'), message: z.string(), remedy: z.string() }),
])
export type EnvironmentStatus = z.infer<typeof environmentStatus>

export const training = {
  environment: procedure.output(environmentStatus),
  /** Makes the trainer's Python environment; a training run does so by itself where it is absent. */
  prepare: procedure.output(jobRef),
  /** How many pairs a run with this choice would train and test on, and how many of its sources it leaves out for want of an image. */
  plan: procedure
    .input(trainInput.pick({ sources: true, filter: true, seed: true }))
    .output(
      z.object({
        trainPairs: z.number().int(),
        testSets: z.array(z.object({ source: z.string(), pairs: z.number().int() })),
        incomplete: z.number().int(),
      }),
    ),
  start: procedure.input(trainInput).output(jobRef.extend({ runId: z.string() })),
  runs: procedure.output(z.array(run)),
  run: procedure.input(runRef).output(run.extend({ steps: z.array(stepPoint) })),
}

/** One cell of the cross-distribution matrix: a run tested on one source. */
export const cell = z.object({
  runId: z.string(),
  testSource: z.string(),
  iid: z.boolean(),
  n: z.number().int(),
  accuracy: estimate,
  /** Shortcut-Failure Degradation in points; null on i.i.d. cells and where no text-only scores exist for the training environment. */
  sfd: estimate.nullable(),
  marginCorrelation: z.object({ pearson: z.number(), spearman: z.number() }).nullable(),
})
export type Cell = z.infer<typeof cell>

export const evaluationReport = z.object({
  runs: z.array(
    z.object({
      id: z.string(),
      method: trainingMethod,
      /** The method with its options, as a legend shows it. */
      label: z.string(),
      trainSource: z.string(),
      seed: z.number().int(),
    }),
  ),
  cells: z.array(cell),
  /** Averages over the latest run of each training source and seed. Accuracies as shares, SFD in points; null where no such cell exists. */
  summary: z.array(
    z.object({
      method: trainingMethod,
      label: z.string(),
      iid: estimate.nullable(),
      ood: estimate.nullable(),
      sfd: estimate.nullable(),
      runs: z.number().int(),
    }),
  ),
})
export type EvaluationReport = z.infer<typeof evaluationReport>

export const evaluation = {
  matrix: procedure.output(evaluationReport),
}
