import { CircleAlert, RotateCw } from 'lucide-react'
import type { ReactNode } from 'react'
import { failureOf, placeOf, type ShownFailure } from '../api/failure.ts'
import { Button, type Icon } from './Button.tsx'
import { classes } from './class-names.ts'
import { isolated } from './text/direction.ts'
import styles from './states.module.css'
import { words } from '../words/words.ts'

const t = words.ui

/** Nothing is here yet: says why, and offers what comes next. */
export function EmptyState({
  icon: Icon,
  title,
  children,
  actions,
}: {
  icon?: Icon
  title: string
  children?: ReactNode
  actions?: ReactNode
}) {
  return (
    <div className={styles.state}>
      {Icon && (
        <span className={styles.emblem}>
          <Icon size={22} aria-hidden />
        </span>
      )}
      <h2 className={styles.title}>{title}</h2>
      {children && <div className={styles.text}>{children}</div>}
      {actions && <div className={styles.actions}>{actions}</div>}
    </div>
  )
}

/** A view that could not be loaded. Takes whatever the call threw. */
export function ErrorState({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const failure = failureOf(error)
  return (
    <div className={styles.state} role="alert">
      <span className={classes(styles.emblem, styles.emblemError)}>
        <CircleAlert size={22} aria-hidden />
      </span>
      <h2 className={styles.title}>{isolated(failure.message)}</h2>
      <div className={styles.text}>
        {placeOf(failure) && <p className="mono">{isolated(placeOf(failure))}</p>}
        <p>{isolated(failure.remedy)}</p>
      </div>
      {onRetry && (
        <div className={styles.actions}>
          <Button icon={RotateCw} onClick={onRetry}>
            {t('retry')}
          </Button>
        </div>
      )}
    </div>
  )
}

/** An error beside the control that caused it: message, place, remedy. */
export function FailureNote({ failure, actions }: { failure: Omit<ShownFailure, 'code'> & { code?: string }; actions?: ReactNode }) {
  const place = placeOf(failure)
  return (
    <div className={styles.note} role="alert">
      <CircleAlert size={15} aria-hidden />
      <div className={styles.noteText}>
        <p className={styles.noteMessage}>{isolated(failure.message)}</p>
        {place && <p className={classes('mono', styles.place)}>{isolated(place)}</p>}
        {failure.remedy && <p>{isolated(failure.remedy)}</p>}
      </div>
      {actions}
    </div>
  )
}

/** Grey bars in the shape of what is being loaded. */
export function Skeleton({ lines = 3, height = 14, label = t('loading') }: { lines?: number; height?: number; label?: string }) {
  return (
    <div className={styles.skeleton} role="status" aria-label={label}>
      {Array.from({ length: lines }, (_, i) => (
        <span key={i} style={{ height, width: `${100 - ((i * 17) % 40)}%` }} />
      ))}
    </div>
  )
}
