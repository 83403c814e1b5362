import type { ReactNode } from 'react'
import { classes } from '../class-names.ts'
import { count } from '../../../src/core/format.ts'
import { isolated } from '../text/direction.ts'
import styles from './ShareBar.module.css'

export interface Share {
  label: string
  value: number
  /** Any CSS colour, from the tokens. */
  color: string
  /** Stands beside the number in the legend: a link, a remark. */
  detail?: ReactNode
}

/** Parts of a whole as one bar, each with its number below. Parts of nothing are left out of the bar. */
export function ShareBar({
  label,
  parts,
  compact,
  format = count,
}: {
  label: string
  parts: readonly Share[]
  compact?: boolean
  format?: (value: number) => string
}) {
  const shown = parts.filter(({ value }) => value > 0)
  return (
    <div className={styles.share}>
      <div
        className={classes(styles.bar, compact && styles.compact)}
        role="img"
        aria-label={`${label}: ${shown.map((part) => `${format(part.value)} ${part.label}`).join(', ')}`}
      >
        {shown.map((part) => (
          <span
            key={part.label}
            style={{ flexGrow: part.value, background: part.color }}
            title={isolated(`${part.label}: ${format(part.value)}`)}
          />
        ))}
      </div>
      {!compact && (
        <ul className={styles.legend}>
          {parts.map((part) => (
            <li key={part.label} data-none={part.value === 0 || undefined}>
              <span className={styles.swatch} style={{ background: part.color }} aria-hidden />
              <span className={styles.value}>{format(part.value)}</span>
              <bdi>{part.label}</bdi>
              {part.detail}
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}
