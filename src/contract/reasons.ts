import { z } from 'zod'
import { REASON_FAMILIES } from '../core/vocabulary.ts'
import { estimate, procedure, query } from './base.ts'
import { topFeature } from './overview.ts'
import { attribution, pairRef, pairSet } from './pairs.ts'

export const reasonFamily = z.enum(REASON_FAMILIES)
export type { ReasonFamily } from '../core/vocabulary.ts'

/** A feature by name, as `reasons.list` gives it. */
export const reasonName = topFeature.pick({ feature: true, kind: true })
export type ReasonName = z.infer<typeof reasonName>

/** A feature of the proxy with where it holds. */
export const reason = topFeature.extend({
  family: reasonFamily,
  /** By source, over the pairs looked at: in how many the feature differs, and its lift there. Sources where it never differs are left out. */
  sources: z.array(z.object({ source: z.string(), support: z.number().int(), lift: z.number() })),
})
export type Reason = z.infer<typeof reason>

/** A beginning or an end that many responses share. */
export const boilerplate = z.object({
  place: z.enum(['beginning', 'end']),
  text: z.string(),
  responses: z.number().int(),
  /** Pairs in which one of the two responses has it. */
  pairs: z.number().int(),
  /** How many of these are chosen ones; half of them tell nothing. */
  chosen: z.number().int(),
})
export type Boilerplate = z.infer<typeof boilerplate>

export const reasonsReport = z.object({
  scanId: z.number().int(),
  /** Pairs whose texts were looked at for sources, families and boilerplate: all of them, or so many drawn by the scan's seed. */
  looked: z.number().int(),
  /** All pairs that the report is about. Where all were looked at, `support`, `coverage` and `lift` of a reason are of them as they are now, else as the scan found them. */
  scored: z.number().int(),
  reasons: z.array(reason),
  boilerplate: z.array(boilerplate),
})
export type ReasonsReport = z.infer<typeof reasonsReport>

/** Numbers of a pair by one text. Margin in log-odds, loss in nats. What an MM-RM would say of an edited text is not known: there is no audit SFC. */
const numbers = z.object({ textMargin: z.number(), textLoss: z.number(), priorSfc: z.number() })

export const whatIf = z.object({
  /** Of the pair as it is saved: the stored numbers, or, where these are stale or there are none, as the model tells them now. */
  before: numbers,
  after: numbers,
  /** Whether `before` is the stored score. */
  stored: z.boolean(),
  /** The words of the texts as edited; null where it was not asked for and takes long. Muted features are taken out of `after` alone. */
  attribution: attribution.nullable(),
})
export type WhatIf = z.infer<typeof whatIf>

export const muteEffect = z.object({
  /** Pairs that were looked at. */
  pairs: z.number().int(),
  before: estimate,
  after: estimate,
  /** Before less after, over the same pairs. */
  difference: estimate,
})
export type MuteEffect = z.infer<typeof muteEffect>

/** Features whose weights count as zero. Only the lexical proxy has weights that can be taken out. */
const muted = z.array(reasonName).max(100)

export const reasons = {
  /** The cues behind a leak, or null before the first blind test. */
  list: query.output(reasonsReport.nullable()),
  /**
   * Pairs in which a feature, or a shared beginning or end, differs between the responses, as a set; null if there are none. They are
   * found among the `looked` of the `scored` pairs with the largest text margin.
   */
  pairs: procedure
    .input(z.union([reasonName, boilerplate.pick({ place: true, text: true })]))
    .output(z.object({ set: pairSet.nullable(), looked: z.number().int(), scored: z.number().int() })),
  /**
   * Margin and prior SFC of a pair with other texts, by the model that never saw it; nothing is saved. Null before the first blind test.
   * Without `words`, only the lexical proxy gives the contribution of each word, because all others read the texts once per word.
   */
  whatIf: query
    .input(
      pairRef.extend({
        prompt: z.string(),
        chosen: z.string(),
        rejected: z.string(),
        muted: muted.default([]),
        words: z.boolean().default(true),
      }),
    )
    .output(whatIf.nullable()),
  /** Blind accuracy without the features' held-out contributions. Nothing is refitted. */
  mute: procedure.input(z.object({ muted: muted.min(1) })).output(muteEffect),
}
