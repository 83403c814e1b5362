import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from 'react'
import { Button, type ButtonProps, type Icon } from '../Button.tsx'
import { classes } from '../class-names.ts'
import { Kbd } from '../Kbd.tsx'
import styles from './Popover.module.css'

const GAP = 4

/**
 * A button that opens a panel below it. The browser closes it on Escape and on a click elsewhere, and gives the focus
 * back. `children` gets a function that closes it.
 */
export function Popover({
  button,
  children,
  label,
  align = 'start',
  flush,
}: {
  button: ButtonProps
  children: ReactNode | ((close: () => void) => ReactNode)
  /** Names the panel for screen readers. */
  label: string
  align?: 'start' | 'end'
  /** Without padding, for lists. */
  flush?: boolean
}) {
  const anchor = useRef<HTMLSpanElement>(null)
  const panel = useRef<HTMLDivElement>(null)
  const buttonId = useId()
  const [open, setOpen] = useState(false)

  useEffect(() => {
    const element = panel.current
    const target = anchor.current?.querySelector('button')
    if (!open || !element || !target) return
    if (!element.matches(':popover-open')) element.showPopover()
    const box = target.getBoundingClientRect()
    const own = element.getBoundingClientRect()
    const left = align === 'start' ? box.left : box.right - own.width
    const below = box.bottom + GAP + own.height <= window.innerHeight || box.top < own.height
    element.style.left = `${Math.max(8, Math.min(left, window.innerWidth - own.width - 8))}px`
    element.style.top = `${below ? box.bottom + GAP : box.top - GAP - own.height}px`
    element.querySelector<HTMLElement>('[autofocus], [role=menuitem], input, select, button')?.focus()
  }, [open, align])

  const close = () => {
    setOpen(false)
    document.getElementById(buttonId)?.focus()
  }
  return (
    <span ref={anchor} className={styles.anchor}>
      <Button
        {...button}
        id={buttonId}
        aria-haspopup="dialog"
        aria-expanded={open}
        // The press that closes an open popover by light dismissal must not open it again.
        onPointerDown={(event) => open && event.preventDefault()}
        onClick={() => (open ? close() : setOpen(true))}
      />
      {open && (
        <div
          ref={panel}
          popover="auto"
          role="dialog"
          aria-label={label}
          className={classes(styles.panel, flush && styles.flush)}
          onToggle={(event) => (event as unknown as ToggleEvent).newState === 'closed' && setOpen(false)}
        >
          {typeof children === 'function' ? children(close) : children}
        </div>
      )}
    </span>
  )
}

export interface MenuItem {
  label: string
  icon?: Icon
  keys?: string
  onSelect: () => void
  disabled?: boolean
  danger?: boolean
  /** A quieter second line or ending. */
  detail?: string
}

/** A popover of actions; arrow keys move, Enter chooses. */
export function Menu({
  button,
  label,
  items,
  align,
}: {
  button: ButtonProps
  label: string
  items: (MenuItem | 'line')[]
  align?: 'start' | 'end'
}) {
  return (
    <Popover button={button} label={label} align={align} flush>
      {(close) => (
        <div role="menu" aria-label={label} className={styles.menu} onKeyDown={moveFocus}>
          {items.map((item, i) =>
            item === 'line' ? (
              <div key={i} role="separator" className={styles.line} />
            ) : (
              <button
                key={i}
                type="button"
                role="menuitem"
                disabled={item.disabled}
                className={classes(styles.item, item.danger && styles.danger)}
                onClick={() => {
                  close()
                  item.onSelect()
                }}
              >
                {item.icon && <item.icon size={15} aria-hidden />}
                <span className={styles.itemLabel}>
                  <bdi>{item.label}</bdi>
                  {item.detail && (
                    <span dir="auto" className={styles.detail}>
                      {item.detail}
                    </span>
                  )}
                </span>
                {item.keys && <Kbd keys={item.keys} />}
              </button>
            ),
          )}
        </div>
      )}
    </Popover>
  )
}

function moveFocus(event: KeyboardEvent<HTMLElement>): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
  if (!step) return
  event.preventDefault()
  const items = [...event.currentTarget.querySelectorAll<HTMLElement>('[role=menuitem]:not(:disabled)')]
  const at = items.indexOf(document.activeElement as HTMLElement)
  items[(at + step + items.length) % items.length]?.focus()
}
