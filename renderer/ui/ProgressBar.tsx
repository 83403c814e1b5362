import { classes } from './class-names.ts'
import styles from './ProgressBar.module.css'

/** `value` from 0 to 1, or null while the end is not known. */
export function ProgressBar({ value, label }: { value: number | null; label: string }) {
  const percent = value === null ? undefined : Math.round(Math.min(1, Math.max(0, value)) * 100)
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent}
      className={classes(styles.track, value === null && styles.unknown)}
    >
      <span style={{ width: percent === undefined ? '30%' : `${percent}%` }} />
    </div>
  )
}
