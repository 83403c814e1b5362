import { useCallback, useState, useSyncExternalStore } from 'react'

/** Rows drawn beyond each edge, so that scrolling shows no gaps. */
const MARGIN = 8
/** Rows drawn before the scroller has been measured. */
const AT_FIRST = 30

/**
 * The places of the rows of equal height that a scroller shows: arithmetic only, whatever their number. `first` and
 * `last` are places from 0, both included; `last` is below `first` where there are no rows. `attach` is the scroller's
 * ref; `reveal` scrolls as little as is needed to bring a row into sight.
 *
 * @param sizes heights in CSS pixels: of a row, and of what stands above the rows and stays in sight
 * @param start where to scroll to at first, in CSS pixels
 */
export function useFixedRows(count: number, { row, top }: { row: number; top: number }, start: number) {
  const [scroller, setScroller] = useState<HTMLElement | null>(null)
  const [begin] = useState(start)
  const attach = useCallback(
    (element: HTMLElement | null) => {
      element?.scrollTo({ top: begin })
      setScroller(element)
    },
    [begin],
  )
  const subscribe = useCallback(
    (notify: () => void) => {
      if (!scroller) return () => {}
      scroller.addEventListener('scroll', notify, { passive: true })
      const observer = new ResizeObserver(notify)
      observer.observe(scroller)
      return () => {
        scroller.removeEventListener('scroll', notify)
        observer.disconnect()
      }
    },
    [scroller],
  )
  const from = useSyncExternalStore(subscribe, () => Math.floor((scroller?.scrollTop ?? begin) / row))
  const to = useSyncExternalStore(subscribe, () => (scroller ? Math.ceil((scroller.scrollTop + scroller.clientHeight - top) / row) : from + AT_FIRST))
  const reveal = useCallback(
    (index: number) => {
      if (!scroller) return
      const above = index * row
      const below = above + row + top - scroller.clientHeight
      if (scroller.scrollTop > above) scroller.scrollTo({ top: above })
      else if (scroller.scrollTop < below) scroller.scrollTo({ top: below })
    },
    [scroller, row, top],
  )
  return { first: Math.max(0, Math.min(from - MARGIN, count - 1)), last: Math.min(count - 1, to + MARGIN), reveal, attach }
}
