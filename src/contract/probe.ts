import { z } from 'zod'
import { estimate, procedure, query, timestamp } from './base.ts'
import { jobRef } from './jobs.ts'
import { executionProvider, modelProvenance } from './proxies.ts'

/**
 * The probe: a reference that sees the image, without any fine-tuning. Frozen embeddings of image and text under a
 * Bradley-Terry head, cross-fitted over the folds of the blind test. Its held-out margins make a pair's SFC an audit
 * where no MM-RM was trained.
 */
export const probeInput = z.object({
  /** A registered model of kind `clip`; null: the tiny model that Blindfold brings along. */
  modelId: z.string().nullable().default(null),
  /** Folds and controls; null takes the seed of the latest blind test, so that both hold out the same pairs together. */
  seed: z
    .number()
    .int()
    .min(0)
    .max(2 ** 31 - 1)
    .nullable()
    .default(null),
  executionProvider: executionProvider.default('cpu'),
  /** CPU threads of ONNX Runtime; null leaves it to the number of cores. */
  threads: z.number().int().min(1).max(256).nullable().default(null),
})

/** What a probe found, of the pairs as they were then. Rates as shares, intervals by bootstrap over groups. */
export const probeFindings = z.object({
  /** Pairs with a held-out margin. */
  pairs: z.number().int(),
  groups: z.number().int(),
  /** Pairs that it could not read, for they have no image that is there. */
  withoutImage: z.number().int(),
  /** Pairs beyond what fits in memory: groups are drawn by the seed. */
  leftOut: z.number().int(),
  accuracy: estimate,
  /** The same heads, with a grey picture in the place of every image. */
  blank: estimate,
  /** The same heads, with the image of another group. */
  swapped: estimate,
  /** Accuracy less that with a swapped image, over the same pairs: what the image itself is worth. */
  imageGain: estimate,
  /** (control - 1/2) / (accuracy - 1/2): the share of what the probe knows that needs no image. Null where it knows nothing. */
  survives: z.object({ blank: z.number().nullable(), swapped: z.number().nullable() }),
  /** Mean accuracy on the pairs that each fold's head was fitted on. */
  inSampleAccuracy: z.number(),
  /** One sentence in plain words. */
  sentence: z.string(),
})
export type ProbeFindings = z.infer<typeof probeFindings>

/** The latest finished probe. */
export const probeReport = probeFindings.extend({
  probeId: z.number().int(),
  /** Null: the tiny model that Blindfold brings along. */
  model: modelProvenance.nullable(),
  seed: z.number().int(),
  folds: z.number().int(),
  scoredAt: timestamp,
})
export type ProbeReport = z.infer<typeof probeReport>

export const probe = {
  /** Starts the image probe. */
  start: procedure.input(probeInput).output(jobRef),
  /** The result of the latest probe, or null before the first one. */
  report: query.output(probeReport.nullable()),
}
