import { z } from 'zod'
import { model } from '../contract/models.ts'
import { curvePoint, topFeature } from '../contract/overview.ts'
import { executionProvider, proxyKind } from '../contract/proxies.ts'

const textPair = z.object({ prompt: z.string(), chosen: z.string(), rejected: z.string() })

/** How a proxy reads: what is the same for a scan and for every later question about it. */
export const reading = z.object({
  proxy: proxyKind,
  /** The registered model as it is now, needed by `encoder` and `reward-model`; its files are checked against its hash. */
  model: model.nullable(),
  /** `lexical`: character n-grams in place of words. */
  characters: z.boolean(),
  executionProvider,
  threads: z.number().int().min(1).nullable(),
})
export type Reading = z.infer<typeof reading>

/** The model of a finished scan that answers a question: for a pair of the scan that of its fold, which never saw it. */
export const scorer = z.object({
  reading,
  /** Absolute path of the fitted model: `fold-K.model` or `all.model` in the scan's folder. */
  file: z.string(),
})
export type Scorer = z.infer<typeof scorer>

/** What the backend sends to a scoring process: all pairs, in batches, then `scan`, after which it ends; or questions. */
export const scoringRequest = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('pairs'),
    pairs: z.array(
      textPair.extend({
        id: z.number().int(),
        /** Content hash of the texts. */
        key: z.string(),
        group: z.string(),
        /** Whether the pair names an image: where some do, only these are measured. */
        hasImage: z.boolean().optional(),
      }),
    ),
  }),
  /** Sent before the pairs: how they are read. The process answers each batch with `taken`, and so sets the pace. */
  z.object({
    type: z.literal('begin'),
    reading,
    seed: z.number().int(),
    folds: z.number().int().min(2),
    /** Absolute path of an existing folder: `fold-K.onnx`, `fold-K.model`, `all.onnx` and `all.model` are written there. */
    dir: z.string(),
    /** Absolute path of the project's cache folder, where what a model read is kept by text. */
    cache: z.string(),
  }),
  /** All pairs were sent. */
  z.object({ type: z.literal('scan') }),
  /** Text margins of any texts, edited ones for example. */
  z.object({ type: z.literal('score'), question: z.number().int(), scorer, pairs: z.array(textPair).max(1000) }),
  /** What each part of both responses adds to the text margin. */
  z.object({ type: z.literal('explain'), question: z.number().int(), scorer, pair: textPair }),
])
export type ScoringRequest = z.infer<typeof scoringRequest>

/** A word by UTF-16 offsets with what it adds to its own response's reward, in log-odds. */
const tokenPart = z.object({ start: z.number().int(), end: z.number().int(), value: z.number() })

/**
 * Parts of a text margin. `additive`: the parts of chosen minus those of rejected, and `features`, sum up to it.
 * `occlusion`: each word's value is what the reward loses without it; they need not sum up to anything.
 */
export const explanation = z.object({
  method: z.enum(['additive', 'occlusion']),
  chosen: z.array(tokenPart),
  rejected: z.array(tokenPart),
  /** Chosen minus rejected, of features of a response as a whole. */
  features: z.array(z.object({ feature: z.string(), value: z.number() })),
  textMargin: z.number(),
})
export type Explanation = z.infer<typeof explanation>

/** What the scoring process answers; to a scan, `done` or `failed` is the last. */
export const scoringReply = z.discriminatedUnion('type', [
  z.object({ type: z.literal('progress'), phase: z.string(), done: z.number(), total: z.number().nullable(), unit: z.string() }),
  z.object({ type: z.literal('taken'), pairs: z.number().int() }),
  /** Held-out margins, by the model of the fold that the pair is in, which never saw the pair's group. */
  z.object({
    type: z.literal('scores'),
    scores: z.array(z.object({ id: z.number().int(), key: z.string(), fold: z.number().int(), margin: z.number() })),
  }),
  z.object({ type: z.literal('features'), features: z.array(topFeature) }),
  z.object({ type: z.literal('curve'), points: z.array(curvePoint) }),
  /** `unspaced`: share of responses in scripts without spaces between words; null where the proxy counts neither words nor characters. */
  z.object({ type: z.literal('done'), inSampleAccuracy: z.number(), groups: z.number().int(), unspaced: z.number().nullable() }),
  z.object({ type: z.literal('scored'), question: z.number().int(), margins: z.array(z.number()) }),
  z.object({ type: z.literal('explained'), question: z.number().int(), explanation }),
  /** `question` is null where the scan failed. `remedy` where the process knows one. */
  z.object({ type: z.literal('failed'), question: z.number().int().nullable(), message: z.string(), remedy: z.string().nullable() }),
])
export type ScoringReply = z.infer<typeof scoringReply>
export type HeldOutScore = Extract<ScoringReply, { type: 'scores' }>['scores'][number]
