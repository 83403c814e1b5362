import { z } from 'zod'
import { model } from '../contract/models.ts'
import { probeFindings } from '../contract/probe.ts'
import { executionProvider } from '../contract/proxies.ts'

/** What the backend sends to a probe process: how to read, all pairs in batches, then `probe`, after which it ends. */
export const probeRequest = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('begin'),
    /** A registered model of kind `clip` as it is now; null: the tiny one. */
    model: model.nullable(),
    executionProvider,
    threads: z.number().int().min(1).nullable(),
    seed: z.number().int(),
    folds: z.number().int().min(2),
    /** Pairs that will come. */
    total: z.number().int(),
    /** Absolute path of the project's cache folder, where what a model read is kept. */
    cache: z.string(),
  }),
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
        /** Hash and absolute path of each image that is there. */
        images: z.array(z.object({ hash: z.string(), file: z.string() })),
      }),
    ),
  }),
  z.object({ type: z.literal('probe') }),
])
export type ProbeRequest = z.infer<typeof probeRequest>
export type ProbePair = Extract<ProbeRequest, { type: 'pairs' }>['pairs'][number]

export const probeReply = z.discriminatedUnion('type', [
  z.object({ type: z.literal('progress'), phase: z.string(), done: z.number(), total: z.number().nullable(), unit: z.string() }),
  z.object({ type: z.literal('taken'), pairs: z.number().int() }),
  /** Held-out margins: with the pair's own images, with a grey picture, with the image of another group. */
  z.object({
    type: z.literal('scores'),
    scores: z.array(
      z.object({
        id: z.number().int(),
        key: z.string(),
        fold: z.number().int(),
        margin: z.number(),
        blank: z.number(),
        swapped: z.number(),
      }),
    ),
  }),
  z.object({ type: z.literal('done'), findings: probeFindings }),
  /** `remedy` where the process knows one. */
  z.object({ type: z.literal('failed'), message: z.string(), remedy: z.string().nullable() }),
])
export type ProbeReply = z.infer<typeof probeReply>
export type ProbeScore = Extract<ProbeReply, { type: 'scores' }>['scores'][number]
