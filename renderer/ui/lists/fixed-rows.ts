import { useCallback, useLayoutEffect, useState, useSyncExternalStore } from 'react'
import { RowScroll } from './row-scroll.ts'

/** Rows drawn beyond each edge, so that scrolling shows no gaps. */
const MARGIN = 8
/** Rows drawn before the scroller has been measured. */
const AT_FIRST = 30

/**
 * The places of the rows of equal height that a scroller shows: arithmetic only, whatever their number. `first` and
 * `last` are places from 0, both included; `last` is below `first` where there are no rows. `attach` is the scroller's
 * ref; `height` is what the element around the rows takes, and `topOf` where in it a row begins. `reveal` scrolls as
 * little as is needed to bring a row into sight.
 *
 * @param sizes heights in CSS pixels: of a row, and of what stands above the rows and stays in sight
 * @param start where to scroll to at first, in CSS pixels of the rows
 * @param onMove told where it is scrolled to, in such pixels; keep its identity
 */
export function useFixedRows(count: number, { row, top }: { row: number; top: number }, start: number, onMove?: (at: number) => void) {
  const [scroll] = useState(() => new RowScroll(count, { row, top }, start, AT_FIRST))
  const attach = useCallback(
    (element: HTMLElement | null) => {
      if (!element) return
      scroll.attach(element)
      element.addEventListener('scroll', scroll.scrolled, { passive: true })
      const observer = new ResizeObserver(scroll.scrolled)
      observer.observe(element)
      return () => {
        element.removeEventListener('scroll', scroll.scrolled)
        observer.disconnect()
        scroll.attach(null)
      }
    },
    [scroll],
  )
  useLayoutEffect(() => scroll.resize(count), [scroll, count])
  useLayoutEffect(() => scroll.onMove(onMove ?? (() => {})), [scroll, onMove])
  const { from, to, shift } = useSyncExternalStore(scroll.subscribe, scroll.sight)
  return {
    first: Math.max(0, Math.min(from - MARGIN, count - 1)),
    last: Math.min(count - 1, to + MARGIN),
    height: RowScroll.height(count, row),
    topOf: (index: number) => index * row - shift,
    reveal: useCallback((index: number) => scroll.reveal(index), [scroll]),
    attach,
  }
}
