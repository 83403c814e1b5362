import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useRef } from 'react'
import type { PairRow, PairSort } from '../../../src/contract/pairs.ts'
import { Skeleton } from '../../ui/states.tsx'
import styles from './PairList.module.css'
import { HEADER_HEIGHT, PairHeader, PairRowView, ROW_HEIGHT } from './PairRows.tsx'
import { placeIn, rememberPlace } from './place.ts'

/** Pages ahead of the reader are asked for this many rows before the end of what is loaded. */
const AHEAD = 40

/**
 * The rows of a list, as many as are in sight. It is one stop of the Tab key; which row is active is `activeId`. The place
 * that `listKey` names is remembered while the list is away.
 */
export function PairList({ rows, total, more, loadMore, activeId, labelsHidden, listKey, sort, onSort, onOpen, onActivate }: {
  rows: readonly PairRow[]
  total: number | null
  more: boolean
  loadMore: () => void
  activeId: number | null
  labelsHidden: boolean
  listKey: string
  sort: PairSort
  onSort: (sort: PairSort) => void
  onOpen: (pairId: number) => void
  onActivate: (pairId: number) => void
}) {
  const scroller = useRef<HTMLDivElement>(null)
  // eslint-disable-next-line react-hooks/incompatible-library -- warns of the React compiler, which is not used here
  const virtual = useVirtualizer({
    count: rows.length + (more ? 1 : 0),
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 8,
    // The header stays in sight above the rows.
    scrollMargin: HEADER_HEIGHT,
    scrollPaddingStart: HEADER_HEIGHT,
    initialOffset: placeIn(listKey).offset,
  })
  const items = virtual.getVirtualItems()
  const lastShown = items.at(-1)?.index ?? 0

  useEffect(() => {
    if (more && lastShown >= rows.length - AHEAD) loadMore()
  }, [more, lastShown, rows.length, loadMore])

  const activeIndex = rows.findIndex((row) => row.pairId === activeId)
  useEffect(() => {
    if (activeIndex >= 0) virtual.scrollToIndex(activeIndex, { align: 'auto' })
  }, [activeIndex, virtual])

  return (
    <div
      ref={scroller}
      role="grid"
      aria-label="Pairs"
      aria-rowcount={(total ?? rows.length) + 1}
      aria-activedescendant={activeIndex >= 0 ? `pair-row-${activeId}` : undefined}
      className={styles.scroller}
      tabIndex={0}
      onScroll={(event) => rememberPlace(listKey, { offset: event.currentTarget.scrollTop })}
    >
      <PairHeader sort={sort} onSort={onSort} />
      <div role="rowgroup" className={styles.content} style={{ height: virtual.getTotalSize() }}>
        {items.map((item) => {
          const row = rows[item.index]
          if (!row) {
            return (
              <div key={item.key} className={styles.loading} style={{ transform: `translateY(${item.start - HEADER_HEIGHT}px)` }}>
                <Skeleton lines={1} label="Loading more pairs" />
              </div>
            )
          }
          return (
            <PairRowView
              key={row.pairId}
              id={`pair-row-${row.pairId}`}
              row={row}
              index={item.index}
              active={item.index === activeIndex}
              labelsHidden={labelsHidden}
              top={item.start - HEADER_HEIGHT}
              onOpen={() => onOpen(row.pairId)}
              onActivate={() => onActivate(row.pairId)}
            />
          )
        })}
      </div>
    </div>
  )
}
