import { Check, ImageOff, X } from 'lucide-react'
import type { ComponentType } from 'react'
import type { PairRow } from '../../../src/contract/pairs.ts'
import { count, fixed, influence, percent, signed } from '../../../src/core/format.ts'
import { STATUS_LABELS } from '../../../src/core/labels.ts'
import type { ColumnKind, LIST_COLUMNS, PairColumn } from '../../../src/core/pair-columns.ts'
import { GLOSSARY } from '../../../src/core/glossary.ts'
import { thumbnailUrl } from '../../api/addresses.ts'
import { Badge, QuadrantBadge } from '../../ui/Badge.tsx'
import { SfcValue } from '../../ui/charts/SfcValue.tsx'
import { isolated } from '../../ui/text/direction.ts'
import { Marked, UserText } from '../../ui/text/UserText.tsx'
import { words } from '../../words/words.ts'
import { sidesOf } from '../review/sides.ts'
import styles from './PairRows.module.css'
import { lineOf, snippet } from './snippet.ts'

/** What the cells of the list show, by column; a column without its own cell is shown by its kind. */

const t = words.pairs

/** Tags of a row that are shown; the others are counted. */
const TAGS_SHOWN = 3
/** Characters of a prompt: more than a line of any window holds. */
const PROMPT_SHOWN = 400

export type CellProps = {
  row: PairRow
  name: PairColumn
  labelsHidden: boolean
  /** What the list was searched for. */
  search: string
}
type Cell = ComponentType<CellProps>

export const CELLS: { [Name in keyof typeof LIST_COLUMNS]?: Cell } = {
  pairId: ({ row }) => row.pairId,
  textMargin: Margin,
  auditSfc: ({ row }) => <SfcValue sfc={row.auditSfc} kind="audit" stale={row.stale} />,
  influence: ({ row }) => (row.influence === null ? <None /> : influence(row.influence)),
  quadrant: Quadrant,
  source: Source,
  status: ({ row }) => <StatusBadge status={row.status} />,
  prompt: Texts,
}

const NumberCell: Cell = ({ row, name }) => {
  const value = row[name]
  return typeof value === 'number' ? fixed(value) : <None />
}
const TextCell: Cell = ({ row, name }) => {
  const value = row[name]
  const text = Array.isArray(value) ? value.join(', ') : value
  return text === null || text === '' ? <None /> : <UserText text={String(text)} />
}

export const DEFAULT_CELLS: { [Kind in ColumnKind]: Cell } = {
  number: NumberCell,
  share: NumberCell,
  whole: ({ row, name }) => {
    const value = row[name]
    return typeof value === 'number' ? count(value) : <None />
  },
  flag: ({ row, name }) => (row[name] === true ? t('list.yes') : <None />),
  text: TextCell,
  texts: TextCell,
  word: TextCell,
  hash: TextCell,
  hashes: TextCell,
}

function None() {
  return <span className={styles.none}>–</span>
}

function Margin({ row }: CellProps) {
  return (
    <>
      {row.textMargin === null ? <None /> : signed(row.textMargin)}
      {row.shortcutProne && (
        <span className={styles.note} title={GLOSSARY.shortcutProne.short}>
          {t('list.shortcutProne')}
        </span>
      )}
      {row.stale && (
        <span className={styles.note} title={GLOSSARY.stale.short}>
          {t('list.stale')}
        </span>
      )}
    </>
  )
}

function Quadrant({ row }: CellProps) {
  return (
    <>
      {row.quadrant ? <QuadrantBadge quadrant={row.quadrant} /> : <span className={styles.none}>{t('list.notScored')}</span>}
      {row.suspect !== null && row.suspect >= 0.01 && (
        <span className={styles.doubt} title={GLOSSARY.labelError.short}>
          {t('list.wrongLabel', { share: percent(row.suspect, 0) })}
        </span>
      )}
    </>
  )
}

function Source({ row }: CellProps) {
  return (
    <>
      <span dir="auto" className={styles.source} title={row.source}>
        {row.source}
      </span>
      {row.split && (
        <span dir="auto" className={styles.split}>
          {row.split}
        </span>
      )}
    </>
  )
}

function Texts({ row, labelsHidden, search }: CellProps) {
  const sides = sidesOf(row.pairId, row.status === 'flipped')
  const response = (role: 'chosen' | 'rejected') => (
    <UserText text={snippet(row[role], row[role === 'chosen' ? 'rejected' : 'chosen'], search)} search={search} />
  )
  return (
    <>
      <Thumbnail row={row} />
      <span className={styles.texts}>
        <span className={styles.first}>
          <span dir="auto" className={styles.prompt}>
            <Marked text={search ? snippet(row.prompt, '', search) : lineOf(row.prompt, PROMPT_SHOWN)} search={search} />
          </span>
          {row.tags.length > 0 && <RowTags tags={row.tags} />}
        </span>
        {labelsHidden ? (
          <span className={styles.responses}>
            <span className={styles.response}>{response(sides.left)}</span>
            <span className={styles.response}>{response(sides.right)}</span>
          </span>
        ) : (
          <span className={styles.responses}>
            <span className={styles.response} title={t('list.chosen')}>
              <Check size={12} className={styles.chosen} aria-label={t('list.chosen')} />
              {response('chosen')}
            </span>
            <span className={styles.response} title={t('list.rejected')}>
              <X size={12} className={styles.rejected} aria-label={t('list.rejected')} />
              {response('rejected')}
            </span>
          </span>
        )}
      </span>
    </>
  )
}

function Thumbnail({ row }: { row: PairRow }) {
  const [image] = row.images
  const missing = row.missingImages
  const all = row.images.length + missing
  if (image) {
    return (
      <span className={styles.thumb} title={missing > 0 ? t('list.someMissing', { missing, all: count(all) }) : undefined}>
        <img src={thumbnailUrl(image)} alt="" loading="lazy" decoding="async" />
        {all > 1 && <span className={styles.more}>{all}</span>}
        {missing > 0 && (
          <span className={styles.gap}>
            <ImageOff size={11} aria-label={t('list.imageMissing')} />
          </span>
        )}
      </span>
    )
  }
  if (missing > 0) {
    return (
      <span className={styles.thumb} data-missing title={t('list.allMissing', { missing })}>
        <ImageOff size={15} aria-hidden />
        {t('list.missing')}
      </span>
    )
  }
  return (
    <span className={styles.thumb} title={t('list.noImage')}>
      <span className={styles.noImage}>{t('list.textOnly')}</span>
    </span>
  )
}

function RowTags({ tags }: { tags: readonly string[] }) {
  return (
    <span className={styles.tags} title={isolated(t('list.tags', { tags: tags.join(', ') }))}>
      {tags.slice(0, TAGS_SHOWN).map((tag) => (
        <Badge key={tag}>
          <bdi className={styles.tag}>{tag}</bdi>
        </Badge>
      ))}
      {tags.length > TAGS_SHOWN && <span className={styles.none}>+{tags.length - TAGS_SHOWN}</span>}
    </span>
  )
}

/** What a person has said of the pair so far. */
export function StatusBadge({ status }: { status: PairRow['status'] }) {
  if (status === 'unreviewed') return <span className={styles.none}>{STATUS_LABELS[status]}</span>
  const tone = ({ kept: 'success', flipped: 'warning', tied: 'neutral', edited: 'accent', discarded: 'danger' } as const)[status]
  return <Badge tone={tone}>{STATUS_LABELS[status]}</Badge>
}
