import { X } from 'lucide-react'
import { type FormEvent, type ReactNode, useId, useLayoutEffect, useRef } from 'react'
import { IconButton } from '../Button.tsx'
import { classes } from '../class-names.ts'
import { isolated } from '../text/direction.ts'
import styles from './Dialog.module.css'
import { words } from '../../words/words.ts'

const t = words.ui

export interface DialogProps {
  title: string
  onClose: () => void
  children: ReactNode
  /** Buttons, right-aligned; a submit button submits `onSubmit`. */
  footer?: ReactNode
  onSubmit?: () => void
  size?: 'small' | 'medium' | 'large' | 'wide'
  /** Without the title bar; the title still names the dialog. */
  bare?: boolean
}

/** A modal dialog, open while it is mounted. Escape and the close button call `onClose`; focus returns to where it was. */
export function Dialog({ title, onClose, children, footer, onSubmit, size = 'medium', bare }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  const titleId = useId()

  // Before the page is painted, both ways: a focus that returned later would be taken from whatever is used by then.
  useLayoutEffect(() => {
    const element = dialog.current
    if (!element) return
    element.showModal()
    // The first field, else the dialog itself: never the close button, which the browser would choose.
    const field = element.querySelector<HTMLElement>('[data-autofocus], [data-part=content] :is(input, select, textarea)')
    ;(field ?? element).focus()
    if (field instanceof HTMLInputElement && field.type === 'text') field.select()
    return () => element.close()
  }, [])

  const submit = (event: FormEvent) => {
    event.preventDefault()
    onSubmit?.()
  }
  const content = (
    <>
      {!bare && (
        <header className={styles.header}>
          <h2 id={titleId}>{isolated(title)}</h2>
          <IconButton label={t('close')} icon={X} size="small" onClick={onClose} />
        </header>
      )}
      <div className={bare ? styles.bare : styles.body} data-part="content">
        {children}
      </div>
      {footer && <footer className={styles.footer}>{footer}</footer>}
    </>
  )
  return (
    <dialog
      ref={dialog}
      tabIndex={-1}
      className={classes(styles.dialog, styles[size])}
      aria-labelledby={bare ? undefined : titleId}
      aria-label={bare ? title : undefined}
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
      onPointerDown={(event) => event.target === dialog.current && onClose()}
    >
      {onSubmit ? (
        <form className={styles.inner} onSubmit={submit} noValidate>
          {content}
        </form>
      ) : (
        <div className={styles.inner}>{content}</div>
      )}
    </dialog>
  )
}
