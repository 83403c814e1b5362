import { z } from 'zod'
import { MODEL_KINDS } from '../core/vocabulary.ts'
import { contentHash, procedure, query, timestamp } from './base.ts'
import { jobRef } from './jobs.ts'

/**
 * Models that the blind test reads with, registered once for a user and all projects. A model is a folder with ONNX files
 * and a `tokenizer.json`; `blindfold.json` in it, where there is one, is `modelCard` and says what the files cannot.
 */
export const modelKind = z.enum(MODEL_KINDS)
export type { ModelKind } from '../core/vocabulary.ts'

export const pooling = z.enum(['mean', 'cls', 'last'])
export const precision = z.enum(['fp32', 'fp16', 'int8'])

/** How images enter a `clip` model's vision file: RGB scaled so that the shorter side is `size`, centre cut, (x / 255 - mean) / std. */
export const imageInput = z.object({
  size: z.number().int().min(8).max(4096),
  mean: z.array(z.number()).length(3),
  std: z.array(z.number().positive()).length(3),
})

/** `blindfold.json` in a model's folder. */
export const modelCard = z.object({
  kind: modelKind,
  name: z.string().min(1).max(200),
  /** Text file: `model.onnx` unless said otherwise, relative to the folder. For `clip` it gives the text embedding. */
  model: z.string().default('model.onnx'),
  tokenizer: z.string().default('tokenizer.json'),
  /** `clip` only: the file that gives the image embedding. */
  vision: z.string().nullable().default(null),
  precision: precision.default('fp32'),
  /** `encoder` only. */
  pooling: pooling.nullable().default(null),
  /** Tokens; what is longer is cut at the front of the prompt, never in the response. */
  maxLength: z.number().int().min(8).max(131_072).default(512),
  /** `reward-model` only: the Jinja chat template, applied to user prompt and assistant response; null reads them one after the other. */
  chatTemplate: z.string().nullable().default(null),
  image: imageInput.nullable().default(null),
})
export type ModelCard = z.output<typeof modelCard>

/** Fields of a card that somebody states: none is there that was not given, and none has a default. */
export const givenCard = z
  .object({
    kind: modelKind,
    name: modelCard.shape.name,
    model: z.string().min(1),
    tokenizer: z.string().min(1),
    vision: z.string().min(1),
    precision,
    pooling,
    maxLength: z.number().int().min(8).max(131_072),
    chatTemplate: z.string(),
    image: imageInput,
  })
  .partial()
export type GivenCard = z.output<typeof givenCard>

export const modelSource = z.discriminatedUnion('type', [
  z.object({ type: z.literal('folder'), path: z.string() }),
  z.object({ type: z.literal('hub'), repo: z.string(), revision: z.string() }),
  z.object({ type: z.literal('package'), package: z.string(), version: z.string() }),
  /** The proxy that a training run of a project exported. */
  z.object({ type: z.literal('run'), project: z.string(), runId: z.string() }),
])

export const model = modelCard.extend({
  id: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,79}$/),
  /** Absolute path of the folder. */
  dir: z.string(),
  source: modelSource,
  /** SHA-256 of the text file. */
  hash: contentHash,
  bytes: z.number().int(),
  addedAt: timestamp,
  /** Why it cannot be used now: files that are gone or were changed; null where it can. */
  problem: z.string().nullable(),
})
export type Model = z.output<typeof model>

export const modelRef = z.object({ modelId: z.string() })

export const models = {
  /** Registered models. */
  list: query.output(z.array(model)),
  /** Registers a folder in place. Fields of the card that are given take precedence over those found. */
  add: procedure.input(z.object({ path: z.string().min(1), card: givenCard.default({}) })).output(model),
  /** Lists what a download from the Hub would fetch. Nothing is downloaded before `download`. */
  plan: query.input(z.object({ repo: z.string().min(1).max(200), revision: z.string().default('main') })).output(
    z.object({
      repo: z.string(),
      /** The commit that the revision stands for. */
      revision: z.string(),
      files: z.array(z.object({ path: z.string(), bytes: z.number().int() })),
      bytes: z.number().int(),
      card: givenCard,
    }),
  ),
  /** Downloads the files that `plan` listed, resumable and checked. The caller has asked the user. */
  download: procedure
    .input(
      z.object({ repo: z.string().min(1).max(200), revision: z.string(), files: z.array(z.string()).min(1), card: givenCard.default({}) }),
    )
    .output(jobRef),
  /** Builds the MiniLM sentence encoder from a Python package's weights, with the trainer's environment. */
  buildMiniLm: procedure.output(jobRef),
  /** Removes a model. Files that Blindfold downloaded or built are deleted. */
  remove: procedure.input(modelRef).output(z.object({ modelId: z.string() })),
}
