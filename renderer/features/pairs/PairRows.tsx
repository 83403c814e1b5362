import { ArrowDown, ArrowUp } from 'lucide-react'
import { memo, type CSSProperties, type MouseEvent } from 'react'
import type { PairRow, PairSort } from '../../../src/contract/pairs.ts'
import { columnOf, LIST_COLUMNS, type ListColumn } from '../../../src/core/pair-columns.ts'
import { words } from '../../words/words.ts'
import { CELLS, DEFAULT_CELLS } from './cells.tsx'
import styles from './PairRows.module.css'

const t = words.pairs

/** What a click on a row asks for. */
export type Pick = 'open' | 'toggle' | 'range'

/** In CSS pixels, the same for all rows: the list is virtual. */
export const ROW_HEIGHT = 58
export const HEADER_HEIGHT = 30

type ListName = keyof typeof LIST_COLUMNS
const NAMES = Object.keys(LIST_COLUMNS) as ListName[]
const listColumn = (name: ListName): ListColumn => LIST_COLUMNS[name]

/** The tracks of the grid in wide, medium and narrow windows, the box for selecting first. */
const tracks = (place: 0 | 1 | 2): string => ['32px', ...NAMES.map((name) => listColumn(name).width[place] ?? '')].join(' ')
export const COLUMN_TRACKS = { '--wide': tracks(0), '--medium': tracks(1), '--narrow': tracks(2) } as CSSProperties

/** Where a column is hidden, for the style sheet. */
const hiddenIn = ({ width: [, medium, narrow] }: ListColumn): string | undefined =>
  medium === null ? 'medium' : narrow === null ? 'narrow' : undefined

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
          <input type="checkbox" tabIndex={-1} aria-label={t('list.selectAll')} checked={allChosen} onChange={onSelectAll} />
        </label>
      </div>
      {NAMES.map((name) => {
        const column = listColumn(name)
        const { label, explain } = columnOf(name)
        const [first, second] = column.sort ?? []
        const active = sort === first || sort === second
        return (
          <div
            key={name}
            role="columnheader"
            title={explain}
            data-column={name}
            data-hidden-in={hiddenIn(column)}
            aria-sort={active ? (descending ? 'descending' : 'ascending') : undefined}
          >
            {first && second ? (
              <button type="button" onClick={() => onSort(sort === first ? second : first)}>
                {column.label ?? label}
                {active && (descending ? <ArrowDown size={12} aria-hidden /> : <ArrowUp size={12} aria-hidden />)}
              </button>
            ) : (
              (column.label ?? label)
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
      <div role="gridcell" className={styles.loading} aria-label={t('list.loading')}>
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
            aria-label={t('list.select', { pair: String(row.pairId) })}
            checked={chosen}
            onChange={(event) => onPick(index, (event.nativeEvent as unknown as MouseEvent).shiftKey ? 'range' : 'toggle')}
          />
        </label>
      </div>
      {NAMES.map((name) => {
        const Cell = CELLS[name] ?? DEFAULT_CELLS[columnOf(name).kind]
        return (
          <div key={name} role="gridcell" data-column={name} data-hidden-in={hiddenIn(listColumn(name))}>
            <Cell row={row} name={name} labelsHidden={labelsHidden} search={search} />
          </div>
        )
      })}
    </div>
  )
})
