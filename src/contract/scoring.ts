import { z } from 'zod'
import { proxyKind, topFeature } from './overview.ts'

/** What the backend sends to the scoring process: all pairs, in batches, then what to do with them. */
export const scoringRequest = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('pairs'),
    pairs: z.array(
      z.object({
        id: z.number().int(),
        /** Content hash of the texts. */
        key: z.string(),
        group: z.string(),
        prompt: z.string(),
        chosen: z.string(),
        rejected: z.string(),
      }),
    ),
  }),
  z.object({
    type: z.literal('scan'),
    proxy: proxyKind,
    seed: z.number().int(),
    folds: z.number().int().min(2),
    /** Absolute path of an existing folder: `fold-K.onnx`, `fold-K.model`, `all.onnx` and `all.model` are written there. */
    dir: z.string(),
  }),
])
export type ScoringRequest = z.infer<typeof scoringRequest>

/** What the scoring process answers; `done` or `failed` is the last. */
export const scoringReply = z.discriminatedUnion('type', [
  z.object({ type: z.literal('progress'), phase: z.string(), done: z.number(), total: z.number(), unit: z.string() }),
  /** Held-out margins, by the model of the fold that the pair is in, which never saw the pair's group. */
  z.object({
    type: z.literal('scores'),
    scores: z.array(z.object({ id: z.number().int(), key: z.string(), fold: z.number().int(), margin: z.number() })),
  }),
  z.object({ type: z.literal('features'), features: z.array(topFeature) }),
  z.object({ type: z.literal('done'), inSampleAccuracy: z.number() }),
  z.object({ type: z.literal('failed'), message: z.string() }),
])
export type ScoringReply = z.infer<typeof scoringReply>
export type HeldOutScore = Extract<ScoringReply, { type: 'scores' }>['scores'][number]
