import { type ReactNode, useEffect, useId, useRef, useState } from 'react'
import styles from './Tooltip.module.css'

const DELAY_MS = 450
const GAP = 6

/**
 * Shows `content` near its child on hover and on keyboard focus. It describes, it never holds what is said nowhere else.
 * The popover attribute puts it into the top layer, so neither dialogs nor overflow hide it.
 */
export function Tooltip({ content, children }: { content: ReactNode; children: ReactNode }) {
  const id = useId()
  const anchor = useRef<HTMLSpanElement>(null)
  const tip = useRef<HTMLSpanElement>(null)
  const [open, setOpen] = useState(false)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)

  const show = (delay: number) => {
    clearTimeout(timer.current)
    timer.current = setTimeout(() => setOpen(true), delay)
  }
  const hide = () => {
    clearTimeout(timer.current)
    setOpen(false)
  }

  useEffect(() => () => clearTimeout(timer.current), [])
  useEffect(() => {
    const element = tip.current
    const target = anchor.current?.firstElementChild
    if (!open || !element || !target) return
    element.showPopover()
    const box = target.getBoundingClientRect()
    const own = element.getBoundingClientRect()
    const below = box.bottom + GAP + own.height < window.innerHeight
    element.style.top = `${below ? box.bottom + GAP : box.top - GAP - own.height}px`
    element.style.left = `${Math.max(4, Math.min(box.left + box.width / 2 - own.width / 2, window.innerWidth - own.width - 4))}px`
  }, [open])

  return (
    <span
      ref={anchor}
      className={styles.anchor}
      onPointerEnter={() => show(DELAY_MS)}
      onPointerLeave={hide}
      onPointerDown={hide}
      onFocus={(event) => event.target.matches(':focus-visible') && show(0)}
      onBlur={hide}
      onKeyDown={(event) => event.key === 'Escape' && hide()}
    >
      {children}
      {open && (
        <span ref={tip} id={id} role="tooltip" popover="manual" className={styles.tip}>
          {content}
        </span>
      )}
    </span>
  )
}
