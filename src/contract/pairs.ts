import { z } from 'zod'
import { contentHash, procedure, query, timestamp } from './base.ts'
import { media } from './imports.ts'
import { message } from './messages.ts'

/**
 * The four quadrants of (text loss, mm loss), and the two halves that are known while no MM-RM has scored the pair:
 * `text-right` becomes `text-solvable` or `shortcut-only`, `text-wrong` becomes `image-needed` or `suspect-label`.
 */
export const quadrant = z.enum(['text-solvable', 'shortcut-only', 'image-needed', 'suspect-label', 'text-right', 'text-wrong'])
export type Quadrant = z.infer<typeof quadrant>

export const pairStatus = z.enum(['unreviewed', 'kept', 'flipped', 'tied', 'edited', 'discarded'])
export type PairStatus = z.infer<typeof pairStatus>

/**
 * Ways in which pairs repeat one another. `same-pair`: prompt, responses and images are the same, in whatever source or
 * split. `flipped-twin`: the same with the label turned round. `near-pair`: the same but for case, punctuation and white
 * space. `same-question`: the same prompt and images. `near-responses`: chosen and rejected differ only in case,
 * punctuation or white space.
 */
export const duplicateKind = z.enum(['same-pair', 'flipped-twin', 'near-pair', 'same-question', 'near-responses'])
export type DuplicateKind = z.infer<typeof duplicateKind>

export const tagName = z.string().trim().min(1).max(60)

export const pairFilter = z.strictObject({
  sources: z.array(z.string()).optional(),
  splits: z.array(z.string()).optional(),
  quadrants: z.array(quadrant).optional(),
  statuses: z.array(pairStatus).optional(),
  /** Whether a blind test has scored the pair. */
  scored: z.boolean().optional(),
  /** Of the audit SFC; pairs that no MM-RM or probe has scored are left out. */
  auditSfcMin: z.number().min(0).max(1).optional(),
  auditSfcMax: z.number().min(0).max(1).optional(),
  /** Margins in log-odds; pairs without one are left out. */
  textMarginMin: z.number().optional(),
  textMarginMax: z.number().optional(),
  mmMarginMin: z.number().optional(),
  mmMarginMax: z.number().optional(),
  /** Probability that the label is wrong, at least. */
  suspectMin: z.number().min(0).max(1).optional(),
  stale: z.boolean().optional(),
  /** Any of these tags. */
  tags: z.array(tagName).optional(),
  /** Found to repeat another pair in any of these ways. */
  duplicates: z.array(duplicateKind).optional(),
  /** Pairs that name an image, present or missing; false: pairs of text alone. */
  hasImage: z.boolean().optional(),
  /** Pairs that lack an image that they name. */
  missingImages: z.boolean().optional(),
  pairIds: z.array(z.number().int()).max(10_000).optional(),
  /** In the set of this number. A set that is gone has no pair. */
  set: z.number().int().min(1).optional(),
  /** Words to find in prompt or responses (full text, all words must occur; never FTS syntax). */
  text: z.string().max(500).optional(),
})
export type PairFilter = z.infer<typeof pairFilter>

/** Pairs that a question found, such as those of a feature: kept as they were found. */
export const pairSet = z.object({ id: z.number().int(), label: z.string(), pairs: z.number().int(), createdAt: timestamp })
export type PairSet = z.infer<typeof pairSet>

/**
 * `-textMargin`: first what the text alone gives away most, whatever an MM-RM says of it; the prior SFC has the same order. Pairs without
 * the number come last.
 */
export const pairSort = z.enum(['-textMargin', 'textMargin', 'auditSfc', '-auditSfc', '-suspect', 'id', '-id'])
export type PairSort = z.infer<typeof pairSort>
export const DEFAULT_SORT: PairSort = '-textMargin'

/** The audit numbers of a pair, for its label as it is now; null where no scan has scored it. Margins in log-odds, losses in nats. */
export const audit = z.object({
  textMargin: z.number().nullable(),
  textLoss: z.number().nullable(),
  mmMargin: z.number().nullable(),
  mmLoss: z.number().nullable(),
  /** Of the text loss beside ln 2: what it is while nothing but a proxy has scored the pair. Never to be compared with the audit SFC. */
  priorSfc: z.number().nullable(),
  /** Of both held-out losses; null where no MM-RM or probe has scored the pair. */
  auditSfc: z.number().nullable(),
  /** Size of the pair's gradient in shortcut-aware training over that of the mean pair (1), by the held-out margins; null where there is no audit. */
  influence: z.number().nullable(),
  quadrant: quadrant.nullable(),
  /** Probability that the label is wrong, by held-out scores of both models; null where no MM-RM has scored the pair. */
  suspect: z.number().nullable(),
  fold: z.number().int().nullable(),
  /** Text or images have changed since they were scored: the numbers are those of the earlier ones. A flipped label makes no score stale. */
  stale: z.boolean(),
})

export const pairRow = audit.extend({
  /** The row's number in the project: stable, used in URLs. */
  pairId: z.number().int(),
  /** Content hash of the pair as imported. */
  id: contentHash,
  externalId: z.string().nullable(),
  source: z.string(),
  split: z.string(),
  status: pairStatus,
  prompt: z.string(),
  chosen: z.string(),
  rejected: z.string(),
  images: z.array(contentHash),
  /** Images that it names and the project lacks. */
  missingImages: z.number().int(),
  tags: z.array(z.string()),
})
export type PairRow = z.infer<typeof pairRow>

export const provenance = z.object({
  proxy: z.string(),
  /** Null while L is the prior ln 2. */
  mmRun: z.string().nullable(),
  fold: z.number().int(),
  seed: z.number().int(),
  textHash: contentHash,
  scoredAt: timestamp,
})

export const annotationAction = z.enum(['keep', 'flip', 'tie', 'edit', 'discard'])

export const historyEntry = z.object({
  id: z.number().int(),
  action: z.enum([...annotationAction.options, 'undo', 'redo']),
  status: pairStatus,
  /** The label was hidden and the sides shuffled when this was chosen. */
  blind: z.boolean(),
  annotator: z.string(),
  at: timestamp,
})

export const trajectoryPoint = z.object({
  runId: z.string(),
  method: z.string(),
  epoch: z.number().int(),
  mmLoss: z.number().nullable(),
  textLoss: z.number().nullable(),
  sfc: z.number().nullable(),
})

export const pairDetail = pairRow.omit({ images: true }).extend({
  images: z.array(media),
  /** The prompt as turns; null where it is one user turn of its images and then its text. */
  messages: z.array(message).nullable(),
  missing: z.array(z.object({ position: z.number().int(), reference: z.string(), reason: z.string() })),
  /** The other pairs that it repeats, by kind, at most 50 each. */
  repeats: z.array(z.object({ kind: duplicateKind, pairIds: z.array(z.number().int()) })),
  /** The texts as they were imported, where the current ones differ. */
  original: z.object({ prompt: z.string(), chosen: z.string(), rejected: z.string() }),
  metadata: z.record(z.string(), z.json()),
  importedFrom: z.object({ file: z.string(), row: z.number().int() }),
  provenance: provenance.nullable(),
  history: z.array(historyEntry),
  trajectories: z.array(trajectoryPoint),
})
export type PairDetail = z.infer<typeof pairDetail>

/** One word of a response with what it adds to that response's text reward (log-odds). */
export const tokenAttribution = z.object({ start: z.number().int(), end: z.number().int(), value: z.number() })
export const attribution = z.object({
  /** `additive`: the parts sum up to the margin. `occlusion`: each word's value is what the reward loses without it. */
  method: z.enum(['additive', 'occlusion']),
  chosen: z.array(tokenAttribution),
  rejected: z.array(tokenAttribution),
  /** What no word carries: length, punctuation counts and other features of the whole response, as their share of the margin. */
  features: z.array(z.object({ feature: z.string(), value: z.number() })),
  /** Text margin by the fold's model that never saw the pair. */
  textMargin: z.number(),
})
export type Attribution = z.infer<typeof attribution>

export const pairRef = z.object({ pairId: z.number().int() })

/** What an annotator says about a pair. `edit` carries the new texts. `blind` records that the label was hidden. */
export const annotateInput = z.discriminatedUnion('action', [
  pairRef.extend({ action: z.enum(['keep', 'flip', 'tie', 'discard']), blind: z.boolean().default(false) }),
  pairRef.extend({
    action: z.literal('edit'),
    blind: z.boolean().default(false),
    prompt: z.string(),
    chosen: z.string().min(1),
    rejected: z.string().min(1),
  }),
])
export type AnnotateInput = z.input<typeof annotateInput>

export const annotated = z.object({ pairId: z.number().int(), status: pairStatus, annotationId: z.number().int() })

export const pairs = {
  /** A page in the order of `sort`; unscored pairs come last. `cursor` is opaque, from the page before. */
  list: query
    .input(
      z.object({
        filter: pairFilter.default({}),
        sort: pairSort.default(DEFAULT_SORT),
        cursor: z.string().nullable().default(null),
        limit: z.number().int().min(1).max(500).default(100),
      }),
    )
    .output(z.object({ rows: z.array(pairRow), nextCursor: z.string().nullable() })),
  /** Cursors of up to `most` pages of `size` rows that follow the one at `cursor`; fewer where the list ends before. */
  pages: query
    .input(
      z.object({
        filter: pairFilter.default({}),
        sort: pairSort.default(DEFAULT_SORT),
        cursor: z.string().nullable().default(null),
        size: z.number().int().min(1).max(500),
        most: z.number().int().min(1).max(100).default(100),
      }),
    )
    .output(z.object({ cursors: z.array(z.string()) })),
  count: query.input(z.object({ filter: pairFilter.default({}) })).output(z.object({ count: z.number().int() })),
  /** Null where it is gone. Old sets are forgotten, but for those that a slice names. */
  set: query.input(pairSet.pick({ id: true })).output(pairSet.nullable()),
  /** For the filter bar: how many pairs fall into each value. */
  facets: query.output(
    z.object({
      sources: z.array(z.object({ value: z.string(), count: z.number().int() })),
      splits: z.array(z.object({ value: z.string(), count: z.number().int() })),
      quadrants: z.array(z.object({ value: quadrant, count: z.number().int() })),
      statuses: z.array(z.object({ value: pairStatus, count: z.number().int() })),
      tags: z.array(z.object({ value: z.string(), count: z.number().int() })),
      duplicates: z.array(z.object({ value: duplicateKind, count: z.number().int() })),
      stale: z.number().int(),
      missingImages: z.number().int(),
    }),
  ),
  /** Adds and removes tags of one pair; gives its tags. Bulk actions tag many. */
  tag: procedure
    .input(pairRef.extend({ add: z.array(tagName).default([]), remove: z.array(tagName).default([]) }))
    .output(z.object({ tags: z.array(z.string()) })),
  get: query.input(pairRef).output(pairDetail),
  /** Null where no scan has scored the pair's present text. */
  attribution: query.input(pairRef).output(attribution.nullable()),
  /** The pair before and after this one in the queue that filter and sort describe. */
  neighbours: query
    .input(pairRef.extend({ filter: pairFilter.default({}), sort: pairSort.default(DEFAULT_SORT) }))
    .output(z.object({ previous: z.number().int().nullable(), next: z.number().int().nullable() })),
}

export const review = {
  annotate: procedure.input(annotateInput).output(annotated),
  /** Takes back the last annotation that still stands, whichever pair it was on; says which. */
  undo: procedure.output(annotated),
  redo: procedure.output(annotated),
}
