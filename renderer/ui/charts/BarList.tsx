import type { ReactNode } from 'react'
import { count } from '../../../src/core/format.ts'
import styles from './BarList.module.css'

export interface Bar<Id extends string> {
  id: Id
  label: ReactNode
  value: number
  title?: string
}

/**
 * Counts as horizontal bars, the longest filling the width. With `onToggle` each is a button that stays pressed while its
 * id is in `chosen`: a filter that shows what it has.
 */
export function BarList<Id extends string>({
  label,
  bars,
  chosen = [],
  onToggle,
  color = 'var(--accent)',
}: {
  label: string
  bars: readonly Bar<Id>[]
  chosen?: readonly Id[]
  onToggle?: (id: Id) => void
  color?: string
}) {
  const top = Math.max(1, ...bars.map(({ value }) => value))
  return (
    <ul className={styles.list} aria-label={label}>
      {bars.map((bar) => {
        const inner = (
          <>
            <span className={styles.label}>{typeof bar.label === 'string' ? <bdi>{bar.label}</bdi> : bar.label}</span>
            <span className={styles.value}>{count(bar.value)}</span>
            <span className={styles.track} aria-hidden>
              <span style={{ width: bar.value === 0 ? 0 : `max(3px, ${(bar.value / top) * 100}%)`, background: color }} />
            </span>
          </>
        )
        return (
          <li key={bar.id}>
            {onToggle ? (
              <button
                type="button"
                className={styles.bar}
                aria-pressed={chosen.includes(bar.id)}
                title={bar.title}
                onClick={() => onToggle(bar.id)}
              >
                {inner}
              </button>
            ) : (
              <div className={styles.bar} title={bar.title}>
                {inner}
              </div>
            )}
          </li>
        )
      })}
    </ul>
  )
}
