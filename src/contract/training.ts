import { z } from 'zod'
import { isRevision, modelPlace } from '../core/model-name.ts'
import { TRAINING_METHODS } from '../core/vocabulary.ts'
import { estimate, procedure, query, timestamp } from './base.ts'
import { jobRef, jobState } from './jobs.ts'
import { optionFields } from './option-schemas.ts'
import { pairFilter, pairSet } from './pairs.ts'
import { preflightReport } from './preflight.ts'

export const trainInput = z.object({
  method: z.enum(TRAINING_METHODS),
  /** The training environment: pairs of these sources. */
  sources: z.array(z.string()).min(1),
  /** Further limits on the training pairs. Discarded and tied pairs are always left out, and so is every group that has a test pair. */
  filter: pairFilter.omit({ sources: true }).default({}),
  /** `tiny`, the absolute path of a folder with a vision-language model, or a hub id `OWNER/NAME`. */
  model: z.string().min(1).max(4096).default('tiny'),
  /** Branch, tag or commit of a hub id; the newest commit where it is left out. */
  revision: z.string().min(1).max(200).optional(),
  ...optionFields,
})
export type TrainInput = z.input<typeof trainInput>
export type TrainOptions = z.output<typeof trainInput>

/** What a run or a preflight may be asked for. What an older project asked for is read as it is, and refused when it is started. */
export const trainRequest = trainInput
  .refine(({ model }) => modelPlace(model), {
    path: ['model'],
    message: 'Enter “tiny”, the full path of a folder, or OWNER/NAME of a model on the Hub.',
  })
  .refine(({ revision }) => revision === undefined || isRevision(revision), {
    path: ['revision'],
    message: 'Enter a branch, a tag or a commit.',
  })

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
  /** Of the device, or of the process where there is no GPU, since its start; null where the platform does not tell. */
  memoryPeakBytes: z.number().int().nullable().default(null),
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

/** Models that a form can offer. */
export const offeredModels = z.object({
  /** Folders that earlier runs of this project trained, the newest first. */
  folders: z.array(z.string()),
  /** Families that can be trained, with a small model of each. */
  families: z.array(z.object({ name: z.string(), hub: z.string() })),
})
export type OfferedModels = z.infer<typeof offeredModels>

/** What a trainer said beside its numbers; pairs are those of this project, at most the first thousand. */
export const runNotice = z.discriminatedUnion('type', [
  /** `set` is null for the training pairs. */
  z.object({
    type: z.literal('unusable'),
    source: z.string().nullable(),
    leftOut: z.boolean(),
    count: z.number().int(),
    pairs: z.array(z.object({ pairId: z.number().int(), message: z.string() })),
  }),
  z.object({ type: z.literal('oom'), step: z.number().int(), tokenBudget: z.number().int() }),
  z.object({ type: z.literal('warning'), message: z.string(), count: z.number().int(), pairIds: z.array(z.number().int()) }),
])
export type RunNotice = z.infer<typeof runNotice>

/** How the training SFC of one epoch is spread: its deciles 1 and 9, quartiles and median, to 0.005. Epochs count from 0. */
export const sfcSpread = z.object({
  epoch: z.number().int(),
  pairs: z.number().int(),
  low: z.number(),
  lowerQuartile: z.number(),
  median: z.number(),
  upperQuartile: z.number(),
  high: z.number(),
})
export type SfcSpread = z.infer<typeof sfcSpread>

export const runRef = z.object({ runId: z.string() })

export const environmentStatus = z.discriminatedUnion('status', [
  z.object({ status: z.literal('ready'), python: z.string(), torch: z.string() }),
  z.object({ status: z.literal('absent'), bytesNeeded: z.number().int(), location: z.string() }),
  z.object({ status: z.literal('broken'), message: z.string(), remedy: z.string() }),
])
export type EnvironmentStatus = z.infer<typeof environmentStatus>

export const training = {
  /** Whether the trainer's Python environment is ready. */
  environment: query.output(environmentStatus),
  /** Creates the trainer's Python environment. A training run does so by itself if it is absent. */
  prepare: procedure.output(jobRef),
  /** Models that a form can offer. */
  models: query.output(offeredModels),
  /**
   * How many pairs a run with this choice would train and test on, and how many pairs of its sources it excludes because an image is
   * missing.
   */
  plan: query.input(trainInput.pick({ sources: true, filter: true, seed: true })).output(
    z.object({
      trainPairs: z.number().int(),
      testSets: z.array(z.object({ source: z.string(), pairs: z.number().int() })),
      incomplete: z.number().int(),
    }),
  ),
  /**
   * Checks whether a run with these options fits this machine, by its training pairs or `looked` of them. Takes seconds, longer with a
   * GPU, and longer still if the packages of vision-language models have to be installed. Fails with TRAINER_ENVIRONMENT if the trainer's
   * environment does not exist yet.
   */
  preflight: procedure
    .input(trainRequest)
    .output(z.object({ report: preflightReport, looked: z.number().int(), trainPairs: z.number().int() })),
  /** Starts a run. */
  start: procedure.input(trainRequest).output(jobRef.extend({ runId: z.string() })),
  /** All runs of the project, newest first. */
  runs: query.output(z.array(run)),
  /** One run, with the notices of its trainer. */
  run: query.input(runRef).output(run.extend({ notices: z.array(runNotice) })),
  /** The curve of a run beyond the step `after`, or all of it. */
  steps: query.input(runRef.extend({ after: z.number().int().optional() })).output(z.array(stepPoint)),
  /** How the training SFC is distributed in each epoch. An unfinished epoch has the pairs so far. Empty for methods without an SFC. */
  sfc: query.input(runRef).output(z.array(sfcSpread)),
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
      method: z.enum(TRAINING_METHODS),
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
      method: z.enum(TRAINING_METHODS),
      label: z.string(),
      iid: estimate.nullable(),
      ood: estimate.nullable(),
      sfd: estimate.nullable(),
      runs: z.number().int(),
    }),
  ),
})
export type EvaluationReport = z.infer<typeof evaluationReport>

/** Held-out pairs on which two runs do not agree. A margin of 0 counts as wrong. */
export const flips = z.object({
  /** Pairs that both were tested on with the same text. */
  pairs: z.number().int(),
  /** `won`: wrong in the one, right in the other; `lost`: the other way round. */
  sources: z.array(z.object({ source: z.string(), pairs: z.number().int(), won: z.number().int(), lost: z.number().int() })),
})
export type Flips = z.infer<typeof flips>
const twoRuns = z.object({ from: z.string(), to: z.string() })
export const flipKind = z.enum(['won', 'lost'])
export type FlipKind = z.infer<typeof flipKind>

export const evaluation = {
  /** The cross-distribution matrix of all finished runs. */
  matrix: query.output(evaluationReport),
  /** How many held-out pairs two runs do not agree on, by source. */
  flips: query.input(twoRuns).output(flips),
  /** These pairs as a set, of one source or of all; null if there are none. */
  flipped: procedure.input(twoRuns.extend({ kind: flipKind, source: z.string().optional() })).output(pairSet.nullable()),
}
