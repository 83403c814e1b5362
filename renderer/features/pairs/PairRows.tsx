import { ArrowDown, ArrowUp, Check, ImageOff, X } from 'lucide-react'
import { memo, type MouseEvent } from 'react'
import type { PairRow, PairSort } from '../../../src/contract/pairs.ts'
import { isShortcutProne } from '../../../src/core/shortcut-prone.ts'
import { thumbnailUrl } from '../../api/addresses.ts'
import { Badge, QuadrantBadge } from '../../ui/Badge.tsx'
import { isolated } from '../../ui/text/direction.ts'
import { influence, percent, plural, signed } from '../../../src/core/format.ts'
import { SfcValue } from '../../ui/charts/SfcValue.tsx'
import { Marked, UserText } from '../../ui/text/UserText.tsx'
import { sidesOf } from '../review/sides.ts'
import { INFLUENCE, PRONE } from './score-words.ts'
import { STATUS_LABELS } from '../../../src/core/labels.ts'
import styles from './PairRows.module.css'
import { lineOf, snippet } from './snippet.ts'

/** The row's height in CSS pixels, the same for all: the list is virtual. */
/** What a click on a row asks for. */
export type Pick = 'open' | 'toggle' | 'range'

export const ROW_HEIGHT = 58
export const HEADER_HEIGHT = 30

/** `sort`: the orders that a click on the header gives, the first one first. */
const COLUMNS: readonly { id: string; label: string; sort?: readonly [PairSort, PairSort]; title?: string }[] = [
  { id: 'id', label: '#', sort: ['id', '-id'], title: 'Number in the project' },
  {
    id: 'margin',
    label: 'Text margin',
    sort: ['-textMargin', 'textMargin'],
    title: 'How clearly the text alone prefers the chosen response, in log-odds. Negative: it prefers the other one.',
  },
  {
    id: 'audit',
    label: 'Audit SFC',
    sort: ['auditSfc', '-auditSfc'],
    title: 'The text loss as a share of both held-out losses. Where both are small it says little: see the influence.',
  },
  { id: 'influence', label: 'Influence', title: INFLUENCE },
  { id: 'quadrant', label: 'Quadrant', title: 'Which of the two models agrees with the label' },
  { id: 'source', label: 'Source' },
  { id: 'status', label: 'Status' },
  { id: 'pair', label: 'Pair' },
]

/** Tags of a row that are shown; the others are counted. */
const TAGS_SHOWN = 3
/** Characters of a prompt: more than a line of any window holds. */
const PROMPT_SHOWN = 400

/** The header: columns that order the list are buttons, and a box chooses all that the filter has. */
export function PairHeader({
  sort,
  onSort,
  allChosen,
  onSelectAll,
}: {
  sort: PairSort
  onSort: (sort: PairSort) => void
  allChosen: boolean
  onSelectAll: () => void
}) {
  const descending = sort.startsWith('-')
  return (
    <div role="row" className={styles.header}>
      <div role="columnheader" data-column="choose">
        <label className={styles.choose}>
          <input type="checkbox" tabIndex={-1} aria-label="Select all pairs of the list" checked={allChosen} onChange={onSelectAll} />
        </label>
      </div>
      {COLUMNS.map((column) => {
        const [first, second] = column.sort ?? []
        const active = sort === first || sort === second
        return (
          <div
            key={column.id}
            role="columnheader"
            title={column.title}
            data-column={column.id}
            aria-sort={active ? (descending ? 'descending' : 'ascending') : undefined}
          >
            {first && second ? (
              <button type="button" onClick={() => onSort(sort === first ? second : first)}>
                {column.label}
                {active && (descending ? <ArrowDown size={12} aria-hidden /> : <ArrowUp size={12} aria-hidden />)}
              </button>
            ) : (
              column.label
            )}
          </div>
        )
      })}
    </div>
  )
}

/** A row that is on its way. */
export function LoadingRow({ top, index }: { top: number; index: number }) {
  return (
    <div role="row" aria-rowindex={index + 2} aria-busy="true" className={styles.row} style={{ transform: `translateY(${top}px)` }}>
      <div role="gridcell" className={styles.loading} aria-label="Loading">
        <span />
        <span />
      </div>
    </div>
  )
}

export const PairRowView = memo(function PairRowView({
  row,
  index,
  active,
  chosen,
  labelsHidden,
  search,
  top,
  onPick,
  onActivate,
}: {
  row: PairRow
  /** From 0. */
  index: number
  active: boolean
  chosen: boolean
  labelsHidden: boolean
  /** What the list was searched for. */
  search: string
  top: number
  onPick: (index: number, how: Pick) => void
  onActivate: (index: number) => void
}) {
  const sides = sidesOf(row.pairId, row.status === 'flipped')
  const response = (role: 'chosen' | 'rejected') => (
    <UserText text={snippet(row[role], row[role === 'chosen' ? 'rejected' : 'chosen'], search)} search={search} />
  )
  const [image] = row.images
  const images = row.images.length + row.missingImages
  const click = (event: MouseEvent) => {
    if (event.shiftKey) onPick(index, 'range')
    else if (event.ctrlKey || event.metaKey) onPick(index, 'toggle')
    else onPick(index, 'open')
  }
  return (
    <div
      role="row"
      id={`pair-row-${index}`}
      aria-rowindex={index + 2}
      aria-selected={chosen}
      data-active={active || undefined}
      className={styles.row}
      style={{ transform: `translateY(${top}px)` }}
      onClick={click}
      // A range that is chosen with Shift would select text too.
      onMouseDown={(event) => event.shiftKey && event.preventDefault()}
      onPointerDown={(event) => !event.shiftKey && onActivate(index)}
    >
      <div role="gridcell" data-column="choose">
        <label className={styles.choose} onClick={(event) => event.stopPropagation()}>
          <input
            type="checkbox"
            tabIndex={-1}
            aria-label={`Select pair ${row.pairId}`}
            checked={chosen}
            onChange={(event) => onPick(index, (event.nativeEvent as unknown as MouseEvent).shiftKey ? 'range' : 'toggle')}
          />
        </label>
      </div>
      <div role="gridcell" data-column="id">
        {row.pairId}
      </div>
      <div role="gridcell" data-column="margin">
        {row.textMargin === null ? <span className={styles.none}>–</span> : signed(row.textMargin)}
        {isShortcutProne(row.textMargin) && (
          <span className={styles.note} title={PRONE}>
            shortcut-prone
          </span>
        )}
        {row.stale && (
          <span className={styles.note} title="Text or images changed since they were scored">
            stale
          </span>
        )}
      </div>
      <div role="gridcell" data-column="audit">
        <SfcValue sfc={row.auditSfc} kind="audit" stale={row.stale} />
      </div>
      <div role="gridcell" data-column="influence">
        {row.influence === null ? <span className={styles.none}>–</span> : influence(row.influence)}
      </div>
      <div role="gridcell" data-column="quadrant">
        {row.quadrant ? <QuadrantBadge quadrant={row.quadrant} /> : <span className={styles.none}>not scored</span>}
        {row.suspect !== null && row.suspect >= 0.01 && (
          <span className={styles.doubt} title="Probability that the label is wrong, by held-out scores of both models">
            {percent(row.suspect, 0)} wrong label
          </span>
        )}
      </div>
      <div role="gridcell" data-column="source">
        <span dir="auto" className={styles.source} title={row.source}>
          {row.source}
        </span>
        {row.split && (
          <span dir="auto" className={styles.split}>
            {row.split}
          </span>
        )}
      </div>
      <div role="gridcell" data-column="status">
        <StatusBadge status={row.status} />
      </div>
      <div role="gridcell" data-column="pair">
        {image ? (
          <span
            className={styles.thumb}
            title={row.missingImages > 0 ? `${plural(row.missingImages, 'image')} of ${images} missing` : undefined}
          >
            <img src={thumbnailUrl(image)} alt="" loading="lazy" decoding="async" />
            {images > 1 && <span className={styles.more}>{images}</span>}
            {row.missingImages > 0 && (
              <span className={styles.gap}>
                <ImageOff size={11} aria-label="An image is missing" />
              </span>
            )}
          </span>
        ) : row.missingImages > 0 ? (
          <span className={styles.thumb} data-missing title={`${plural(row.missingImages, 'image')} missing`}>
            <ImageOff size={15} aria-hidden />
            missing
          </span>
        ) : (
          <span className={styles.thumb} title="This pair has no image">
            <span className={styles.noImage}>text only</span>
          </span>
        )}
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
              <span className={styles.response} title="Chosen">
                <Check size={12} className={styles.chosen} aria-label="Chosen" />
                {response('chosen')}
              </span>
              <span className={styles.response} title="Rejected">
                <X size={12} className={styles.rejected} aria-label="Rejected" />
                {response('rejected')}
              </span>
            </span>
          )}
        </span>
      </div>
    </div>
  )
})

function RowTags({ tags }: { tags: readonly string[] }) {
  return (
    <span className={styles.tags} title={isolated(`Tags: ${tags.join(', ')}`)}>
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
