import { useCallback, useEffect } from 'react'
import type { PairSort } from '../../../src/contract/pairs.ts'
import { useFixedRows } from '../../ui/lists/fixed-rows.ts'
import styles from './PairList.module.css'
import type { PagesState } from './pair-pages.ts'
import { COLUMN_TRACKS, HEADER_HEIGHT, LoadingRow, PairHeader, PairRowView, ROW_HEIGHT, type Pick } from './PairRows.tsx'
import { placeIn, rememberPlace } from './place.ts'
import { isChosen, type Selection } from './selection.ts'
import { words } from '../../words/words.ts'

const t = words.pairs

const GRID = 'pairs-grid'
/** Takes the keyboard to the rows, so that Enter and Space mean the row and not the button that was pressed last. */
export const focusRows = (): void => document.getElementById(GRID)?.focus({ preventScroll: true })

/** Rows of a list: those known where its end is known, else as many as were counted, or one more than are known. */
export const rowsOf = ({ length, ended }: PagesState, total: number | null): number => (ended ? length : Math.max(length + 1, total ?? 0))

/**
 * The rows of a list, as many as are in sight. It is one stop of the Tab key; which row is active is `active`, a place
 * from 0. The place that `listKey` names is remembered while the list is away.
 */
export function PairList({
  state,
  total,
  active,
  selection,
  labelsHidden,
  search,
  listKey,
  sort,
  onSort,
  onSight,
  onPick,
  onActivate,
  onSelectAll,
}: {
  state: PagesState
  total: number | null
  active: number
  selection: Selection
  labelsHidden: boolean
  search: string
  listKey: string
  sort: PairSort
  onSort: (sort: PairSort) => void
  /** The places in sight have changed. */
  onSight: (first: number, last: number) => void
  onPick: (index: number, how: Pick) => void
  onActivate: (index: number) => void
  onSelectAll: () => void
}) {
  const remember = useCallback((offset: number) => rememberPlace(listKey, { offset }), [listKey])
  const { first, last, height, topOf, reveal, attach } = useFixedRows(
    rowsOf(state, total),
    { row: ROW_HEIGHT, top: HEADER_HEIGHT },
    placeIn(listKey).offset,
    remember,
  )
  useEffect(() => onSight(first, last), [onSight, first, last])
  useEffect(() => {
    if (active >= 0) reveal(active)
  }, [active, reveal])

  const rows = []
  for (let index = first; index <= last; index++) {
    const row = state.row(index)
    const top = topOf(index)
    rows.push(
      row ? (
        <PairRowView
          key={row.pairId}
          row={row}
          index={index}
          active={index === active}
          chosen={isChosen(selection, row.pairId)}
          labelsHidden={labelsHidden}
          search={search}
          top={top}
          onPick={onPick}
          onActivate={onActivate}
        />
      ) : (
        <LoadingRow key={`loading-${index}`} top={top} index={index} />
      ),
    )
  }
  return (
    <div
      ref={attach}
      id={GRID}
      role="grid"
      aria-label={t('title')}
      aria-multiselectable="true"
      aria-rowcount={(total ?? state.length) + 1}
      aria-activedescendant={active >= first && active <= last && state.row(active) ? `pair-row-${active}` : undefined}
      className={styles.scroller}
      style={COLUMN_TRACKS}
      tabIndex={0}
    >
      <PairHeader sort={sort} onSort={onSort} allChosen={selection.all} onSelectAll={onSelectAll} />
      <div role="rowgroup" className={styles.content} style={{ height }}>
        {rows}
      </div>
    </div>
  )
}
