import { fixed, percent, plural, signed } from './format.ts'
import { DUPLICATE_WORDS, QUADRANT_WORDS, STATUS_LABELS } from './labels.ts'
import { SHORTCUT_PRONE_MARGIN } from './shortcut-prone.ts'
import { DUPLICATE_KINDS, LONGEST_TAG, PAIR_STATUSES, QUADRANTS, USABLE_STATUSES, type PairStatus } from './vocabulary.ts'

/**
 * The conditions of a pair filter, one row each. The contract, the address of the list, the flags of the command line, the
 * words of a filter and what a slice may be chosen by all follow from this table. The SQL is in `src/db/pairs/filter.ts`.
 */
interface Row<Value> {
  /** Name of the parameter in an address. */
  param: string
  /** Flag of the command line, and its help. */
  flag: string
  help: string
  /** The condition in words, for chips and descriptions. */
  words: (value: Value) => string
  /** Chosen by a number that the blind test measures, so that a blind test on these pairs alone would prove nothing. */
  measured?: true
}

/** Any of some names. `facet`: names that the project has. `longest`: characters of one. */
const names = (row: Row<string[]> & { facet: 'sources' | 'splits' | 'tags'; longest?: number }) => ({ kind: 'names' as const, ...row })
/** Any of some words of the vocabulary. */
const among = <Word extends string>(values: readonly [Word, ...Word[]], row: Row<Word[]>) => ({ kind: 'among' as const, values, ...row })
const flag = (row: Row<boolean>) => ({ kind: 'flag' as const, ...row })
/** A bound, from 0 to 1, or any number. With the `other` bound it is one condition in words, on what `of` says. */
type Bound = { of?: string; other?: string }
const share = (row: Row<number> & Bound) => ({ kind: 'share' as const, ...row })
const margin = (row: Row<number> & Bound) => ({ kind: 'margin' as const, ...row })
/** Numbers of pairs. */
const ids = (row: Row<number[]> & { most: number }) => ({ kind: 'ids' as const, ...row })
/** The number of something. */
const id = (row: Row<number>) => ({ kind: 'id' as const, ...row })
const text = (row: Row<string> & { longest: number }) => ({ kind: 'text' as const, ...row })

const or = (values: readonly string[]): string => values.join(' or ')

export const PAIR_FILTERS = {
  sources: names({ param: 'source', flag: '--source <S>', help: 'only pairs of this source', facet: 'sources', words: or }),
  splits: names({
    param: 'split',
    flag: '--split <S>',
    help: 'only pairs of this split',
    facet: 'splits',
    words: (splits) => or(splits.map((split) => split || 'no split')),
  }),
  quadrants: among(QUADRANTS, {
    param: 'quadrant',
    flag: '--quadrant <Q>',
    help: 'only pairs of this quadrant',
    measured: true,
    words: (quadrants) => or(quadrants.map((quadrant) => QUADRANT_WORDS[quadrant].label)),
  }),
  statuses: among(PAIR_STATUSES, {
    param: 'status',
    flag: '--status <S>',
    help: 'only pairs of this status',
    words: (statuses) => (isUsable(statuses) ? 'neither tied nor discarded' : or(statuses.map((status) => STATUS_LABELS[status]))),
  }),
  /** Whether a blind test has scored the pair. */
  scored: flag({
    param: 'scored',
    flag: '--scored <yes|no>',
    help: 'only pairs that a blind test has scored, or has not',
    words: (on) => (on ? 'scored' : 'not scored'),
  }),
  /** Of the audit SFC. Pairs without an audit are left out. */
  auditSfcMin: share({
    param: 'auditSfcMin',
    flag: '--audit-sfc-above <X>',
    help: 'only pairs with an audit SFC of X or more',
    measured: true,
    of: 'audit SFC',
    other: 'auditSfcMax',
    words: (least) => `audit SFC ${fixed(least)}–1.00`,
  }),
  auditSfcMax: share({
    param: 'auditSfcMax',
    flag: '--audit-sfc-below <X>',
    help: 'only pairs with an audit SFC of X or less',
    measured: true,
    words: (most) => `audit SFC 0.00–${fixed(most)}`,
  }),
  /** Margins in log-odds. Pairs without one are left out. */
  textMarginMin: margin({
    param: 'textMarginMin',
    flag: '--text-margin-above <M>',
    help: 'only pairs with a text margin of M or more',
    measured: true,
    of: 'text margin',
    other: 'textMarginMax',
    words: (least) => (least === SHORTCUT_PRONE_MARGIN ? 'shortcut-prone' : `text margin from ${signed(least)}`),
  }),
  textMarginMax: margin({
    param: 'textMarginMax',
    flag: '--text-margin-below <M>',
    help: 'only pairs with a text margin of M or less',
    measured: true,
    words: (most) => `text margin up to ${signed(most)}`,
  }),
  mmMarginMin: margin({
    param: 'mmMarginMin',
    flag: '--mm-margin-above <M>',
    help: 'only pairs with an MM margin of M or more',
    measured: true,
    of: 'MM margin',
    other: 'mmMarginMax',
    words: (least) => `MM margin from ${signed(least)}`,
  }),
  mmMarginMax: margin({
    param: 'mmMarginMax',
    flag: '--mm-margin-below <M>',
    help: 'only pairs with an MM margin of M or less',
    measured: true,
    words: (most) => `MM margin up to ${signed(most)}`,
  }),
  /** Probability that the label is wrong, at least. */
  suspectMin: share({
    param: 'suspectMin',
    flag: '--suspect-above <P>',
    help: 'only pairs whose label is wrong with a probability of P or more',
    measured: true,
    words: (least) => `likely label errors (${percent(least)} or more)`,
  }),
  /** Whether the pair's text or images changed after it was scored. */
  stale: flag({
    param: 'stale',
    flag: '--stale <yes|no>',
    help: 'only pairs that changed after they were scored, or did not',
    words: (on) => (on ? 'stale' : 'not stale'),
  }),
  tags: names({
    param: 'tag',
    flag: '--tag <T>',
    help: 'only pairs with this tag',
    facet: 'tags',
    longest: LONGEST_TAG,
    words: (tags) => `tagged ${or(tags.map((tag) => `“${tag}”`))}`,
  }),
  /** Repeats another pair in any of these ways. */
  duplicates: among(DUPLICATE_KINDS, {
    param: 'repeats',
    flag: '--duplicates <KIND>',
    help: 'only duplicates of this kind',
    words: (kinds) => `duplicates: ${or(kinds.map((kind) => DUPLICATE_WORDS[kind].label.toLowerCase()))}`,
  }),
  /** Whether the pair names an image, present or missing. */
  hasImage: flag({
    param: 'image',
    flag: '--has-image <yes|no>',
    help: 'only pairs with an image, or text-only pairs',
    words: (on) => (on ? 'with an image' : 'text only'),
  }),
  missingImages: flag({
    param: 'missing',
    flag: '--missing-images <yes|no>',
    help: 'only pairs with a missing image, or without one',
    words: (on) => (on ? 'an image is missing' : 'no image is missing'),
  }),
  pairIds: ids({
    param: 'ids',
    flag: '--pair <ID>',
    help: 'only the pair with this number',
    most: 10_000,
    words: (numbers) => (numbers.length <= 3 ? or(numbers.map((number) => `pair ${number}`)) : plural(numbers.length, 'selected pair')),
  }),
  /** In the pair set of this number. A set that is no longer kept has no pair. */
  set: id({ param: 'set', flag: '--set <ID>', help: 'only pairs in this pair set', words: () => 'pair set' }),
  /** Words to find in prompt or responses. All of them must occur. */
  text: text({
    param: 'q',
    flag: '--text <WORDS>',
    help: 'only pairs with all these words; "a phrase" in quotes, -word excludes (as --text=-word)',
    longest: 500,
    words: (words) => (words ? `“${words}”` : ''),
  }),
}

export type FilterName = keyof typeof PAIR_FILTERS
export type FilterRow = (typeof PAIR_FILTERS)[FilterName]
export type FilterValue<Name extends FilterName> = Parameters<(typeof PAIR_FILTERS)[Name]['words']>[0]
/** Which pairs. All conditions that are there must hold; an empty list limits nothing. */
export type PairFilter = { [Name in FilterName]?: FilterValue<Name> | undefined }

export const FILTER_NAMES = Object.keys(PAIR_FILTERS) as FilterName[]

/** Conditions by a number that the blind test measures. */
export const MEASURED_FILTERS = FILTER_NAMES.filter((name) => 'measured' in PAIR_FILTERS[name])

const isUsable = (statuses: readonly PairStatus[]): boolean =>
  statuses.length === USABLE_STATUSES.length && USABLE_STATUSES.every((status) => statuses.includes(status))

/** Whether the filter asks for the shortcut-prone pairs. */
export const isProne = ({ textMarginMin, textMarginMax }: PairFilter): boolean =>
  textMarginMin === SHORTCUT_PRONE_MARGIN && textMarginMax === undefined

/** A filter in words: `vqa · Text-solvable · audit SFC 0.00–0.20`. Empty if it limits nothing. */
export function describeFilter(filter: PairFilter): string {
  const done = new Set<string>()
  const part = (name: FilterName): string => {
    const value = filter[name]
    if (value === undefined || done.has(name)) return ''
    const row: FilterRow = PAIR_FILTERS[name]
    const other = 'other' in row ? (row.other as FilterName | undefined) : undefined
    const most = other && (filter[other] as number | undefined)
    if (other === undefined || most === undefined) return (row.words as (value: unknown) => string)(value)
    done.add(other)
    const [low, high] = [value as number, most]
    return row.kind === 'share' ? `${row.of} ${fixed(low)}–${fixed(high)}` : `${(row as Bound).of} ${signed(low)} to ${signed(high)}`
  }
  return FILTER_NAMES.map(part)
    .filter((words) => words !== '')
    .join(' · ')
}
