import { GLOSSARY } from './glossary.ts'
import { PAIR_STATUSES, QUADRANTS, type PairSort } from './vocabulary.ts'

/**
 * What is known of a pair in a list, one row per column. The contract, the list of the app, the columns and JSON of the
 * command line and the columns beside exported pairs all follow from this file. The SQL is in `src/db/pairs/columns.ts`.
 */
interface Row {
  /** Heading in the app; the command line begins it with a small letter. */
  label: string
  /** What it means, for the heading's tooltip and the reference of the contract. */
  explain?: string
}

type Nullable = { nullable?: true }
const whole = <const R extends Row & Nullable>(row: R) => ({ kind: 'whole' as const, ...row })
const number = <const R extends Row & Nullable>(row: R) => ({ kind: 'number' as const, ...row })
/** From 0 to 1. */
const share = <const R extends Row & Nullable>(row: R) => ({ kind: 'share' as const, ...row })
const text = <const R extends Row & Nullable>(row: R) => ({ kind: 'text' as const, ...row })
const texts = <const R extends Row>(row: R) => ({ kind: 'texts' as const, ...row })
const flag = <const R extends Row>(row: R) => ({ kind: 'flag' as const, ...row })
/** SHA-256 in lower-case hex. */
const hash = <const R extends Row>(row: R) => ({ kind: 'hash' as const, ...row })
const hashes = <const R extends Row>(row: R) => ({ kind: 'hashes' as const, ...row })
/** A word of the vocabulary. */
const word = <Word extends string, const R extends Row & Nullable>(values: readonly [Word, ...Word[]], row: R) => ({
  kind: 'word' as const,
  values,
  ...row,
})

/** In the order of the JSON. Audit numbers are those of the label as it is now; margins in log-odds, losses in nats. */
export const PAIR_COLUMNS = {
  id: hash({ label: 'Content hash', explain: 'SHA-256 of the pair as imported' }),
  externalId: text({ label: 'ID in the dataset', nullable: true }),
  source: text({ label: 'Source' }),
  textMargin: number({
    label: 'Text margin',
    explain: 'How strongly the text alone favours the chosen response, in log-odds. Negative: it favours the rejected response.',
    nullable: true,
  }),
  textLoss: number({ label: 'Text loss', nullable: true }),
  mmMargin: number({ label: 'MM margin', nullable: true }),
  mmLoss: number({ label: 'MM loss', nullable: true }),
  priorSfc: share({
    label: 'Prior SFC',
    explain: 'SFC from the proxy alone, with the MM loss set to ln 2. Not comparable with the audit SFC.',
    nullable: true,
  }),
  auditSfc: share({
    label: 'Audit SFC',
    explain: 'The text loss as a share of both held-out losses. If both are small, it means little: see the influence.',
    nullable: true,
  }),
  influence: number({
    label: 'Influence',
    explain:
      'Training influence: the size of this pair’s gradient in shortcut-aware training, SFC × sigmoid(−MM margin) of the held-out scores, relative to the mean pair (1.0).',
    nullable: true,
  }),
  quadrant: word(QUADRANTS, {
    label: 'Quadrant',
    explain: 'Which of the two models agrees with the label',
    nullable: true,
  }),
  fold: whole({ label: 'Fold', nullable: true }),
  status: word(PAIR_STATUSES, { label: 'Status' }),
  shortcutProne: flag({ label: 'Shortcut-prone', explain: GLOSSARY.shortcutProne.short }),
  suspect: share({
    label: 'Wrong label',
    explain: GLOSSARY.labelError.short,
    nullable: true,
  }),
  stale: flag({ label: 'Stale', explain: GLOSSARY.stale.short }),
  pairId: whole({ label: 'Pair', explain: 'Number in the project' }),
  split: text({ label: 'Split' }),
  tags: texts({ label: 'Tags' }),
  missingImages: whole({ label: 'Missing images', explain: 'Missing images of the pair' }),
  prompt: text({ label: 'Prompt' }),
  chosen: text({ label: 'Chosen' }),
  rejected: text({ label: 'Rejected' }),
  images: hashes({ label: 'Images' }),
}

export type PairColumn = keyof typeof PAIR_COLUMNS
export const COLUMN_NAMES = Object.keys(PAIR_COLUMNS) as PairColumn[]

/** A column of the app's list. */
export interface ListColumn {
  /** Heading, if not the column's own. */
  label?: string
  /** The orders that a click on the heading gives, the first one first. */
  sort?: readonly [PairSort, PairSort]
  /** In windows that are wide, of medium width and narrow, as CSS; null hides it there. */
  width: readonly [wide: string, medium: string | null, narrow: string | null]
}

/** The columns of the app's list, from left to right. */
export const LIST_COLUMNS = {
  pairId: { label: '#', sort: ['id', '-id'], width: ['58px', '50px', '44px'] },
  textMargin: { sort: ['-textMargin', 'textMargin'], width: ['102px', '100px', '92px'] },
  auditSfc: { sort: ['auditSfc', '-auditSfc'], width: ['88px', '84px', '68px'] },
  // The pair's page has it too.
  influence: { width: ['82px', null, null] },
  quadrant: { width: ['126px', '122px', '98px'] },
  source: { width: ['minmax(84px, 130px)', 'minmax(64px, 100px)', 'minmax(56px, 80px)'] },
  status: { width: ['86px', '84px', '78px'] },
  prompt: { label: 'Pair', width: ['minmax(240px, 1fr)', 'minmax(230px, 1fr)', 'minmax(190px, 1fr)'] },
} as const satisfies { [Name in PairColumn]?: ListColumn }

/** The columns of the table that `blindfold pairs` prints, from left to right. */
export const TABLE_COLUMNS: readonly PairColumn[] = [
  'pairId',
  'source',
  'textMargin',
  'shortcutProne',
  'mmMargin',
  'auditSfc',
  'influence',
  'quadrant',
  'status',
  'chosen',
  'rejected',
]

/** The columns that may stand beside exported pairs, in order, with their names there. Their values are made by `src/db/pairs/export.ts`. */
export const EXPORTED_COLUMNS = {
  priorSfc: 'prior_sfc',
  auditSfc: 'audit_sfc',
  quadrant: 'quadrant',
  status: 'status',
  source: 'source',
  tags: 'tags',
} as const satisfies { [Name in PairColumn]?: string }
export type ExportedColumn = keyof typeof EXPORTED_COLUMNS

export type ColumnKind = (typeof PAIR_COLUMNS)[PairColumn]['kind']
export type ColumnRow = Row & Nullable & { kind: ColumnKind; values?: readonly [string, ...string[]] }
/** The row of a column, with what only some have. */
export const columnOf = (name: PairColumn): ColumnRow => PAIR_COLUMNS[name]

type Kinds = { whole: number; number: number; share: number; text: string; texts: string[]; flag: boolean; hash: string; hashes: string[] }
type Plain<C> = C extends { values: readonly (infer Word)[] } ? Word : C extends { kind: keyof Kinds } ? Kinds[C['kind']] : never
export type ColumnValue<Name extends PairColumn> =
  Plain<(typeof PAIR_COLUMNS)[Name]> | ((typeof PAIR_COLUMNS)[Name] extends { nullable: true } ? null : never)

/** A pair as lists show it. */
export type PairRow = { [Name in PairColumn]: ColumnValue<Name> }
