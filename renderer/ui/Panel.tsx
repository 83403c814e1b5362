import type { ReactNode } from 'react'
import { classes } from './class-names.ts'
import { isolated } from './text/direction.ts'
import styles from './Panel.module.css'

/** The frame of every page: title, what belongs beside it, actions, and a scrolling body. */
export function Page({
  title,
  detail,
  actions,
  children,
  flush,
}: {
  title: ReactNode
  detail?: ReactNode
  actions?: ReactNode
  children: ReactNode
  /** The body fills the page and scrolls by itself. */
  flush?: boolean
}) {
  return (
    <section className={styles.page}>
      <header className={styles.pageHeader}>
        <h1>{shown(title)}</h1>
        {detail && <div className={styles.pageDetail}>{shown(detail)}</div>}
        {actions && <div className={styles.pageActions}>{actions}</div>}
      </header>
      <div className={classes(styles.pageBody, flush && styles.flush)}>{children}</div>
    </section>
  )
}

const shown = (content: ReactNode): ReactNode => (typeof content === 'string' ? isolated(content) : content)

/** A titled card. */
export function Panel({
  title,
  detail,
  actions,
  children,
  className,
  flush,
}: {
  title?: ReactNode
  detail?: ReactNode
  actions?: ReactNode
  children: ReactNode
  className?: string
  flush?: boolean
}) {
  return (
    <section className={classes(styles.panel, className)}>
      {title && (
        <header className={styles.panelHeader}>
          <h2>{shown(title)}</h2>
          {detail && <div className={styles.panelDetail}>{shown(detail)}</div>}
          {actions && <div className={styles.panelActions}>{actions}</div>}
        </header>
      )}
      <div className={flush ? styles.panelFlush : styles.panelBody}>{children}</div>
    </section>
  )
}
