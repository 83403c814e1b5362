import { z } from 'zod'
import { estimate, procedure, timestamp } from './base.ts'
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
  seed: z.number().int().min(0).max(2 ** 31 - 1).nullable().default(null),
  executionProvider: executionProvider.default('cpu'),
  /** CPU threads of ONNX Runtime; null leaves it to the number of cores. */
  threads: z.number().int().min(1).max(256).nullable().default(null),
})
export type ProbeInput = z.input<typeof probeInput>
export type ProbeOptions = z.output<typeof probeInput>

/** The latest finished probe. Rates as shares, intervals by bootstrap over groups; pairs that are stale, tied or discarded are left out. */
export const probeReport = z.object({
  probeId: z.number().int(),
  model: modelProvenance,
  seed: z.number().int(),
  folds: z.number().int(),
  /** Pairs with a current held-out margin. */
  pairs: z.number().int(),
  groups: z.number().int(),
  /** Pairs of the blind test that the probe could not read, for they have no image. */
  withoutImage: z.number().int(),
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
  scoredAt: timestamp,
})
export type ProbeReport = z.infer<typeof probeReport>

export const probe = {
  start: procedure.input(probeInput).output(jobRef),
  /** Null before the first probe. */
  report: procedure.output(probeReport.nullable()),
}
