import { z } from 'zod'
import { BlindfoldError } from '../core/errors.ts'
import { TRAINER_ERROR_CODES, TRAINER_PROTOCOL_VERSION, TRAINING_METHODS } from '../core/vocabulary.ts'
import { contentHash, timestamp } from '../contract/base.ts'
import { message } from '../contract/messages.ts'
import { configFields } from '../contract/option-schemas.ts'

/**
 * The trainer protocol, version 1: a run is a folder.
 *
 *     RUN/config.json    written by the caller before the start: `trainerConfig`
 *     RUN/events.jsonl   appended by the trainer, one `trainerEvent` a line; the truth about the run
 *     RUN/log.txt        appended by the trainer, for people
 *     RUN/cancel         made by the caller: the trainer stops within one step
 *     RUN/checkpoints/   step-000123/, complete or absent
 *     RUN/mm, RUN/proxy  the trained models
 *
 * Names are snake_case because both languages write them. Relative paths in a config are relative to the run folder; all must
 * lie in it, or in a folder that the caller allows (`--within`), for a run folder may come from strangers.
 * `npm run gen` writes these schemas as JSON Schema for Python.
 */

const count = z.number().int().min(0)

const trainingMethod = z.enum(TRAINING_METHODS)

/** `config.json`. A key that is not listed is refused, so that a misspelt option is never ignored. */
export const trainerConfig = z.strictObject({
  v: z.literal(TRAINER_PROTOCOL_VERSION),
  /** Name of the run, which every event repeats. */
  run_id: z.string().min(1),
  method: trainingMethod,
  /** `tiny`, a folder with a vision-language model, or OWNER/NAME on the Hub. */
  model: z.string().min(1).default('tiny'),
  /** Commit of a model on the Hub (default: the newest one). */
  revision: z.string().min(1).optional(),
  ...configFields,
  /** Rank of the LoRA adapters. */
  lora_rank: z.number().int().min(1).max(1024).default(16),
  /** Scale of the LoRA adapters. */
  lora_alpha: z.number().gt(0).default(32),
  /** Dropout of the LoRA adapters. */
  lora_dropout: z.number().min(0).lt(1).default(0),
  /** PyTorch device, such as `cuda` or `cpu`; `auto` is a GPU if there is one. */
  device: z.string().min(1).default('auto'),
  /** Folder for vision features of a frozen tower (default: none). */
  vision_cache: z.string().min(1).optional(),
  /** Size limit of `vision_cache`; the least recently used features are deleted first. */
  vision_cache_bytes: z
    .number()
    .int()
    .min(0)
    .default(20 * 2 ** 30),
  /** Code that comes with a model is never run. */
  trust_remote_code: z.literal(false).default(false),
  weight_decay: z.number().min(0).default(0.05),
  /** Share of all steps used for warm-up. */
  warmup_ratio: z.number().min(0).max(1).default(0.1),
  /**
   * Words (`tiny`, at most 512) or tokens of prompt and response together (default: 256 words, 4,096 tokens). The tiny model
   * cuts longer texts at the end and counts them in a warning; with all other models such a pair cannot be used.
   */
  max_length: z.number().int().min(8).max(131_072).optional(),
  /** Upweight only: weight of a pair that the proxy gets wrong. */
  upweight_factor: z.number().min(1).default(5),
  /** Bradley-Terry with ties after Rao and Kupper: log of the threshold by which a response must be better to win. */
  tie_threshold: z.number().min(0).default(0),
  /** Multimodal branch only: the assumed probability that a label is wrong. */
  label_smoothing: z.number().min(0).max(0.5).default(0),
  /** JSONL of training pairs. */
  train: z.string().min(1),
  /** Folder of images, at `<media_dir>/<first two hex digits>/<hash>`. */
  media_dir: z.string().min(1),
  /** Scored after training; `path` is JSONL of pairs. */
  eval_sets: z.array(z.strictObject({ name: z.string().min(1), path: z.string().min(1) })).default([]),
  /** Steps between checkpoints. */
  checkpoint_every: z.number().int().min(1).default(50),
  /** CPU threads. With another number the last digits may differ. */
  threads: z.number().int().min(1).max(256).default(2),
})
export type TrainerConfigInput = z.input<typeof trainerConfig>

/** One line of a snapshot: a pair as it stood when the run was started. */
export const snapshotPair = z.strictObject({
  id: z.string().min(1),
  /** Pairs of one group share an image or a prompt. */
  group: z.string(),
  prompt: z.string(),
  chosen: z.string(),
  rejected: z.string(),
  images: z.array(contentHash),
  /** The prompt's turns, each image part showing the next of `images`; left out where they are one user turn of all images, then the prompt. */
  messages: z.array(message).min(1).optional(),
  /** Factor of this pair's loss in the multimodal branch (default: 1). */
  weight: z.number().min(0).optional(),
  /** Probability that `chosen` is the better response (default: 1; 1/2 for a tie). */
  label: z.number().min(0).max(1).optional(),
  /** Log-odds by which the reward of the better response should exceed the other's (default: 0). */
  margin: z.number().min(0).optional(),
})
export type SnapshotPair = z.infer<typeof snapshotPair>

/** Why a trainer gives up. */
export const trainerErrorCode = z.enum(TRAINER_ERROR_CODES)

/** `seq` grows by one from 1 over the whole life of a run, resumes included. `rank` is the process, 0 where there is one. */
const envelope = {
  v: z.literal(TRAINER_PROTOCOL_VERSION),
  seq: z.number().int().min(1),
  ts: timestamp,
  run_id: z.string(),
  rank: count,
}

const numbers = z.array(z.number())
const nullableNumber = z.number().nullable()

/** Written each time a trainer process starts, including after a resume. */
export const startEvent = z.object({
  ...envelope,
  type: z.literal('start'),
  pid: z.number().int(),
  config_hash: contentHash,
  /** Hash over the training pairs in their order. */
  data_hash: contentHash,
  versions: z.object({ trainer: z.string(), python: z.string(), torch: z.string(), numpy: z.string() }),
  device: z.string(),
  threads: count,
  method: trainingMethod,
  model: z.string(),
  parameters: count,
  total_steps: count,
  n_pairs: count,
  /** Processes that share each batch. Absent in events of older trainers. */
  processes: z.number().int().min(1).optional(),
})

/** A new phase of the run. */
export const phaseEvent = z.object({
  ...envelope,
  type: z.literal('phase'),
  phase: z.enum(['loading', 'training', 'evaluating', 'saving']),
  /** Pairs or steps in this phase, or null if unknown. */
  total: count.nullable(),
})

/** One optimiser step. Losses are in nats, means over the batch, and null if the method has no such branch. */
export const stepEvent = z.object({
  ...envelope,
  type: z.literal('step'),
  /** Steps done, this one included. */
  step: z.number().int().min(1),
  /** Epochs done, as a fraction. */
  epoch: z.number(),
  lr: z.number(),
  loss_mm: nullableNumber,
  loss_text: nullableNumber,
  /** The paper's SFC, before any normalisation. */
  sfc_mean: nullableNumber,
  acc_mm: nullableNumber,
  acc_text: nullableNumber,
  /** Norm over all trained parameters. */
  grad_norm: z.number(),
  tokens: count,
  pairs_per_s: z.number(),
  eta_s: nullableNumber,
  /** Null if the platform does not report it. */
  mem_peak_bytes: count.nullable(),
})

/**
 * Per-pair values of the step in which a pair was trained on, before that step's update. Keyed by (epoch, id): a resumed
 * run repeats some of them, with equal values. Every pair comes once an epoch.
 */
export const samplesEvent = z.object({
  ...envelope,
  type: z.literal('samples'),
  /** From 0. */
  epoch: count,
  ids: z.array(z.string()),
  mm_loss: numbers.nullable(),
  text_loss: numbers.nullable(),
  sfc: numbers.nullable(),
  mm_margin: numbers.nullable(),
  text_margin: numbers.nullable(),
})

/** Margins of a part of one evaluation set. Keyed by (set, id), idempotent on replay. */
export const evalEvent = z.object({
  ...envelope,
  type: z.literal('eval'),
  set: z.string(),
  ids: z.array(z.string()),
  mm_margin: numbers.nullable(),
  text_margin: numbers.nullable(),
})

/** A checkpoint was written. */
export const checkpointEvent = z.object({
  ...envelope,
  type: z.literal('checkpoint'),
  step: count,
  /** Relative to the run folder, with forward slashes. */
  path: z.string(),
  reason: z.enum(['interval', 'cancel', 'trained']),
})

/** A resumed run. `path` is null if no checkpoint had been written yet: the run starts over. */
export const resumedEvent = z.object({
  ...envelope,
  type: z.literal('resumed'),
  step: count,
  epoch: count,
  /** Pairs of this epoch done. */
  position: count,
  path: z.string().nullable(),
})

/** Something to know about the run that does not stop it. */
export const warningEvent = z.object({
  ...envelope,
  type: z.literal('warning'),
  code: z.enum(['TEXT_CUT', 'NO_IMAGE', 'MARKS_BROKEN', 'CHECKPOINT_SKIPPED']),
  message: z.string(),
  /** The pairs concerned, at most the first hundred. */
  ids: z.array(z.string()),
  count,
})

/** Pairs that cannot be used, listed before the first step. */
export const unusableEvent = z.object({
  ...envelope,
  type: z.literal('unusable'),
  /** `train`, or the name of an evaluation set. */
  set: z.string(),
  /** Whether the run continues without them. */
  left_out: z.boolean(),
  /** At most the first thousand. */
  pairs: z.array(z.object({ id: z.string(), row: z.number().int().min(1), code: trainerErrorCode, message: z.string() })),
  count,
})

/** A pass ran out of memory. The step is repeated in smaller packs, with the same batch and the same result. */
export const oomEvent = z.object({
  ...envelope,
  type: z.literal('oom'),
  step: count,
  /** From now on. */
  token_budget: z.number().int().min(1),
})

/** The run was cancelled. */
export const cancelledEvent = z.object({
  ...envelope,
  type: z.literal('cancelled'),
  step: count,
  reason: z.enum(['file', 'stdin', 'signal']),
  /** The checkpoint to resume from, or null before the first step. */
  path: z.string().nullable(),
})

/** What is wrong, where, and how to fix it. */
export const trainerFault = z.object({
  code: trainerErrorCode,
  message: z.string(),
  remedy: z.string(),
  file: z.string().optional(),
  /** From 1. */
  row: z.number().int().min(1).optional(),
  field: z.string().optional(),
})

/** The run failed. */
export const errorEvent = z.object({
  ...envelope,
  type: z.literal('error'),
  ...trainerFault.shape,
  /** The pairs concerned, at most the first hundred. */
  ids: z.array(z.string()).optional(),
})

/** The run is complete. */
export const doneEvent = z.object({
  ...envelope,
  type: z.literal('done'),
  step: count,
  /** Seconds of this process. */
  seconds: z.number(),
  /** Folders relative to the run folder. */
  artifacts: z.object({ mm: z.string().nullable(), proxy: z.string().nullable() }),
})

export const trainerEvent = z.discriminatedUnion('type', [
  startEvent,
  phaseEvent,
  stepEvent,
  samplesEvent,
  evalEvent,
  checkpointEvent,
  resumedEvent,
  warningEvent,
  unusableEvent,
  oomEvent,
  cancelledEvent,
  errorEvent,
  doneEvent,
])
export type TrainerEvent = z.infer<typeof trainerEvent>
export type TrainerEventOf<Type extends TrainerEvent['type']> = Extract<TrainerEvent, { type: Type }>

/** One line on the trainer's stdin. The end of stdin means nothing: a trainer outlives its parent. */
export const trainerCommand = z.strictObject({ cmd: z.literal('cancel') })

const KNOWN_TYPES = new Set<string>(trainerEvent.options.map((option) => option.shape.type.value))
const head = z.object({ v: z.number(), seq: z.number().int().min(1), type: z.string() })

/** What a line of `events.jsonl` says; `null` where its type is from a later minor version and may be ignored. */
export function parseTrainerEvent(line: string): TrainerEvent | null {
  const refuse = (message: string, remedy: string): never => {
    throw new BlindfoldError('TRAINER_FAILED', message, { remedy, file: 'events.jsonl' })
  }
  let json: unknown
  try {
    json = JSON.parse(line)
  } catch {
    return refuse("A line of the trainer's events is not JSON.", 'Resume the run, which removes an incomplete last line.')
  }
  const start = head.safeParse(json)
  if (!start.success) return refuse("A line of the trainer's events is not an event.", 'Start the run again.')
  if (start.data.v !== TRAINER_PROTOCOL_VERSION) {
    return refuse(
      `The trainer uses version ${start.data.v} of the protocol; this Blindfold uses ${TRAINER_PROTOCOL_VERSION}.`,
      'Update Blindfold, or set up its Python environment again.',
    )
  }
  if (!KNOWN_TYPES.has(start.data.type)) return null
  const event = trainerEvent.safeParse(json)
  if (event.success) return event.data
  const issue = event.error.issues[0]
  return refuse(
    `Event ${start.data.seq} (${start.data.type}) of the trainer is malformed at ${issue?.path.join('.') || 'its root'}: ${issue?.message}.`,
    'Set up the Python environment again, so the trainer and the app have the same version.',
  )
}
