import { z } from 'zod'
import { COLUMN_NAMES, columnOf, type ColumnValue, type PairColumn } from '../core/pair-columns.ts'
import { FILTER_NAMES, PAIR_FILTERS, type FilterName, type FilterRow, type FilterValue } from '../core/pair-filters.ts'
import { ANNOTATION_ACTIONS, DEFAULT_SORT, DUPLICATE_KINDS, LONGEST_TAG, PAIR_SORTS, PAIR_STATUSES, QUADRANTS } from '../core/vocabulary.ts'
import { contentHash, procedure, query, timestamp } from './base.ts'
import { media } from './imports.ts'
import { message } from './messages.ts'

export const quadrant = z.enum(QUADRANTS)
export const pairStatus = z.enum(PAIR_STATUSES)
export const duplicateKind = z.enum(DUPLICATE_KINDS)
export const pairSort = z.enum(PAIR_SORTS)
export const annotationAction = z.enum(ANNOTATION_ACTIONS)
export type { DuplicateKind, PairSort, PairStatus, Quadrant } from '../core/vocabulary.ts'

export const tagName = z.string().trim().min(1).max(LONGEST_TAG)

/** What each kind of condition takes. */
function valueOf(row: FilterRow): z.ZodType {
  switch (row.kind) {
    case 'names':
      return z.array(row.longest === undefined ? z.string() : z.string().trim().min(1).max(row.longest))
    case 'among':
      return z.array(z.enum(row.values as readonly [string, ...string[]]))
    case 'flag':
      return z.boolean()
    case 'share':
      return z.number().min(0).max(1)
    case 'margin':
      return z.number()
    case 'ids':
      return z.array(z.number().int()).max(row.most)
    case 'id':
      return z.number().int().min(1)
    case 'text':
      return z.string().max(row.longest)
  }
}

/** Which pairs: see `PAIR_FILTERS`. What it does not know is refused, so that no condition is ever left out in silence. */
export const pairFilter = z.strictObject(
  Object.fromEntries(FILTER_NAMES.map((name) => [name, valueOf(PAIR_FILTERS[name]).optional()])) as {
    [Name in FilterName]: z.ZodOptional<z.ZodType<FilterValue<Name>>>
  },
)
export type { PairFilter } from '../core/pair-filters.ts'

/** Pairs that a question found, such as those of a feature: kept as they were found. */
export const pairSet = z.object({ id: z.number().int(), label: z.string(), pairs: z.number().int(), createdAt: timestamp })
export type PairSet = z.infer<typeof pairSet>

function columnSchema(name: PairColumn): z.ZodType {
  const { label, explain = label, kind, nullable, values } = columnOf(name)
  const plain = {
    whole: () => z.number().int(),
    number: () => z.number(),
    share: () => z.number(),
    text: () => z.string(),
    texts: () => z.array(z.string()),
    flag: () => z.boolean(),
    hash: () => contentHash,
    hashes: () => z.array(contentHash),
    word: () => z.enum(values ?? ['']),
  }[kind]()
  return (nullable ? plain.nullable() : plain).describe(explain)
}

/** A pair as lists show it: see `PAIR_COLUMNS`. */
export const pairRow = z.object(
  Object.fromEntries(COLUMN_NAMES.map((name) => [name, columnSchema(name)])) as { [Name in PairColumn]: z.ZodType<ColumnValue<Name>> },
)
export type { PairRow } from '../core/pair-columns.ts'

export const provenance = z.object({
  proxy: z.string(),
  /** Null while L is the prior ln 2. */
  mmRun: z.string().nullable(),
  fold: z.number().int(),
  seed: z.number().int(),
  textHash: contentHash,
  scoredAt: timestamp,
})

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
export const labelled = annotated.extend({ pair: pairDetail })

export const pairs = {
  /** A page of pairs in the order of `sort`; unscored pairs come last. `cursor` is opaque, from the page before. */
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
  /** Cursors of up to `most` pages of `size` rows after the one at `cursor`; fewer if the list ends before. */
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
  /** How many pairs meet a filter. */
  count: query.input(z.object({ filter: pairFilter.default({}) })).output(z.object({ count: z.number().int() })),
  /** A pair set, or null if it no longer exists. Old sets are deleted, except those that a slice names. */
  set: query.input(pairSet.pick({ id: true })).output(pairSet.nullable()),
  /** How many pairs have each value, for the filter bar. */
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
  /** Adds and removes tags of one pair, and returns its tags. Bulk actions tag many pairs. */
  tag: procedure
    .input(pairRef.extend({ add: z.array(tagName).default([]), remove: z.array(tagName).default([]) }))
    .output(z.object({ tags: z.array(z.string()) })),
  /** One pair with its images, history and scores. */
  get: query.input(pairRef).output(pairDetail),
  /** What each word adds to the text margin, or null if no blind test has scored the pair's present text. */
  attribution: query.input(pairRef).output(attribution.nullable()),
  /** The pairs before and after this one in the list that filter and sort describe. */
  neighbours: query
    .input(pairRef.extend({ filter: pairFilter.default({}), sort: pairSort.default(DEFAULT_SORT) }))
    .output(z.object({ previous: z.number().int().nullable(), next: z.number().int().nullable() })),
}

export const review = {
  /** Labels or edits a pair, and returns the pair as it is afterwards. */
  annotate: procedure.input(annotateInput).output(labelled),
  /** Undoes the last annotation that is still in effect, whichever pair it was on. */
  undo: procedure.output(labelled),
  /** Redoes the annotation that was undone last. */
  redo: procedure.output(labelled),
}
