import { z } from 'zod'
import { TRAINER_ERROR_CODES, TRAINER_PROTOCOL_VERSION, TRAINING_METHODS, TUNINGS } from '../core/vocabulary.ts'

const count = z.number().int().min(0)
const bytes = count

/** Options that a preflight may propose to change, under their names in `config.json`. */
export const preflightChanges = z.object({
  token_budget: z.number().int().min(16).optional(),
  gradient_checkpointing: z.boolean().optional(),
  tuning: z.enum(['lora', 'qlora']).optional(),
  max_pixels: z.number().int().min(784).optional(),
  model: z.literal('tiny').optional(),
})

/** What `python -m blindfold_trainer preflight --json RUN` prints: whether a run fits this machine, and what would make it fit. */
export const preflightReport = z.object({
  v: z.literal(TRAINER_PROTOCOL_VERSION),
  /** No problem stands below: the run can begin as it is. */
  fits: z.boolean(),
  model: z.string(),
  method: z.enum(TRAINING_METHODS),
  tuning: z.enum(TUNINGS),
  device: z.object({
    kind: z.enum(['cpu', 'cuda']),
    name: z.string(),
    /** GPUs there are, of which one process uses one; 0 on the CPU. */
    count,
    driver: z.string().nullable(),
    dtype: z.string(),
  }),
  /** Of the GPU, or of the machine on the CPU. */
  memory: z.object({
    total_bytes: bytes.nullable(),
    /** What is free now; null where the platform does not tell. */
    available_bytes: bytes.nullable(),
    /** The sum of the parts, or what a real step took at most. */
    needed_bytes: bytes,
    /** Whether a real step was taken; else the figure follows from the shapes. */
    measured: z.boolean(),
    /** The estimate. Activations are those of the largest pass, checkpointing and token budget considered. */
    parts: z.object({ weights: bytes, trained: bytes, gradients: bytes, optimiser: bytes, activations: bytes, runtime: bytes }),
    token_budget: z.number().int().nullable(),
    /** Tokens of the largest pass of this data. */
    pass_tokens: count,
  }),
  /** Of the run folder. */
  disk: z.object({ free_bytes: bytes, needed_bytes: bytes, checkpoint_bytes: bytes, models_bytes: bytes }),
  pairs: z.object({
    total: count,
    usable: count,
    /** At most the first hundred. */
    unusable: z.array(z.object({ id: z.string(), row: z.number().int().min(1), code: z.enum(TRAINER_ERROR_CODES), message: z.string() })),
    unusable_count: count,
  }),
  steps: count,
  /** Of a real step; null where none was taken. */
  seconds_per_step: z.number().nullable(),
  problems: z.array(z.object({ kind: z.enum(['memory', 'disk', 'pairs']), message: z.string(), remedy: z.string() })),
  /** In the order in which they should be tried. Each adds its change to those before it, `tiny` alone replaces the model. */
  fallbacks: z.array(z.object({ title: z.string(), changes: preflightChanges, needed_bytes: bytes, fits: z.boolean() })),
})
export type PreflightReport = z.infer<typeof preflightReport>
