import { ArrowDown, ArrowUp, Check, ImageOff, X } from 'lucide-react'
import type { PairRow, PairSort } from '../../../src/contract/pairs.ts'
import { mediaUrl } from '../../api/addresses.ts'
import { Badge, QuadrantBadge } from '../../ui/Badge.tsx'
import { signed } from '../../ui/format.ts'
import { SfcValue } from '../../ui/SfcValue.tsx'
import { sidesOf } from '../review/sides.ts'
import { STATUS_LABELS } from './filter-text.ts'
import styles from './PairRows.module.css'
import { snippet } from './snippet.ts'

/** The row's height in CSS pixels, the same for all: the list is virtual. */
export const ROW_HEIGHT = 58
export const HEADER_HEIGHT = 30

const COLUMNS: readonly { id: string; label: string; sort?: 'sfc' | 'id' | 'textMargin'; title?: string }[] = [
  { id: 'id', label: '#', sort: 'id', title: 'Number in the project' },
  { id: 'sfc', label: 'SFC', sort: 'sfc', title: 'Low: the text alone gives the answer away. High: the text alone does worse than with the image.' },
  { id: 'quadrant', label: 'Quadrant', title: 'Which of the two models is right' },
  { id: 'margin', label: 'Text margin', sort: 'textMargin', title: 'How surely the text-only model prefers the chosen response, in log-odds; negative: it prefers the other' },
  { id: 'source', label: 'Source' },
  { id: 'status', label: 'Status' },
  { id: 'pair', label: 'Pair' },
]

/** The header: columns that order the list are buttons. */
export function PairHeader({ sort, onSort }: { sort: PairSort; onSort: (sort: PairSort) => void }) {
  const by = sort.replace('-', '')
  const descending = sort.startsWith('-')
  return (
    <div role="row" className={styles.header}>
      {COLUMNS.map((column) => {
        const active = column.sort === by
        return (
          <div key={column.id} role="columnheader" title={column.title} data-column={column.id} aria-sort={active ? (descending ? 'descending' : 'ascending') : undefined}>
            {column.sort ? (
              <button type="button" onClick={() => onSort(active && !descending ? `-${column.sort ?? 'sfc'}` : (column.sort ?? 'sfc'))}>
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

export function PairRowView({ row, id, index, active, labelsHidden, top, onOpen, onActivate }: {
  row: PairRow
  id: string
  /** From 0. */
  index: number
  active: boolean
  labelsHidden: boolean
  top: number
  onOpen: () => void
  onActivate: () => void
}) {
  const sides = sidesOf(row.pairId, row.status === 'flipped')
  const response = (role: 'chosen' | 'rejected') => snippet(row[role], row[role === 'chosen' ? 'rejected' : 'chosen'])
  const [image] = row.images
  return (
    <div
      role="row"
      id={id}
      aria-rowindex={index + 2}
      aria-selected={active}
      className={styles.row}
      style={{ transform: `translateY(${top}px)` }}
      onClick={onOpen}
      onPointerDown={onActivate}
    >
      <div role="gridcell" data-column="id">
        {row.pairId}
      </div>
      <div role="gridcell" data-column="sfc">
        <SfcValue sfc={row.sfc} kind={row.sfcKind} stale={row.stale} />
      </div>
      <div role="gridcell" data-column="quadrant">
        {row.quadrant ? <QuadrantBadge quadrant={row.quadrant} /> : <span className={styles.none}>not scored</span>}
      </div>
      <div role="gridcell" data-column="margin">
        {row.textMargin === null ? <span className={styles.none}>–</span> : signed(row.textMargin)}
      </div>
      <div role="gridcell" data-column="source">
        <span className={styles.source} title={row.source}>
          {row.source}
        </span>
        {row.split && <span className={styles.split}>{row.split}</span>}
      </div>
      <div role="gridcell" data-column="status">
        <StatusBadge status={row.status} />
      </div>
      <div role="gridcell" data-column="pair">
        {image ? (
          <span className={styles.thumb}>
            <img src={mediaUrl(image)} alt="" loading="lazy" decoding="async" />
            {row.images.length > 1 && <span className={styles.more}>{row.images.length}</span>}
          </span>
        ) : (
          <span className={styles.thumb} title="No image">
            <ImageOff size={15} aria-hidden />
          </span>
        )}
        <span className={styles.texts}>
          <span className={styles.prompt}>{row.prompt}</span>
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
}

/** What a person has said of the pair so far. */
export function StatusBadge({ status }: { status: PairRow['status'] }) {
  if (status === 'unreviewed') return <span className={styles.none}>{STATUS_LABELS[status]}</span>
  const tone = ({ kept: 'success', flipped: 'warning', tied: 'neutral', edited: 'accent', discarded: 'danger' } as const)[status]
  return <Badge tone={tone}>{STATUS_LABELS[status]}</Badge>
}
