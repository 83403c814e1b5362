import type { Estimate } from '../../../src/contract/base.ts'
import styles from './IntervalBar.module.css'
import { percent, rate } from '../../../src/core/format.ts'

export interface IntervalMark {
  label: string
  estimate: Estimate
  /** Any CSS colour, from the tokens. */
  color: string
  shape?: 'dot' | 'diamond' | 'square'
}

/**
 * Estimates on one line: a mark with a whisker for the 95% interval, and a line at chance. Positions are shares of the
 * range from `low` to `high`.
 */
export function IntervalBar({
  marks,
  low = 0,
  high = 1,
  reference = 0.5,
  label,
}: {
  marks: readonly IntervalMark[]
  low?: number
  high?: number
  reference?: number | null
  label: string
}) {
  const at = (value: number) => `${(Math.min(1, Math.max(0, (value - low) / (high - low))) * 100).toFixed(3)}%`
  const spoken = marks.map((mark) => `${mark.label} ${rate(mark.estimate)}`)
  return (
    <div className={styles.bar} role="img" aria-label={`${label}: ${spoken.join('; ')}`} style={{ height: 8 + marks.length * 12 }}>
      {reference !== null && <span className={styles.reference} style={{ left: at(reference) }} />}
      {marks.map((mark, i) => (
        <span key={mark.label} className={styles.lane} style={{ top: 4 + i * 12, color: mark.color }} title={spoken[i]}>
          <span
            className={styles.whisker}
            style={{ left: at(mark.estimate.low), width: `calc(${at(mark.estimate.high)} - ${at(mark.estimate.low)})` }}
          />
          <span className={styles.mark} data-shape={mark.shape ?? 'dot'} style={{ left: at(mark.estimate.value) }} />
        </span>
      ))}
    </div>
  )
}

/** Ticks below a column of interval bars of the same range. */
export function IntervalAxis({
  low = 0,
  high = 1,
  ticks = [0, 0.25, 0.5, 0.75, 1],
}: {
  low?: number
  high?: number
  ticks?: readonly number[]
}) {
  return (
    <div className={styles.axis} aria-hidden>
      {ticks
        .filter((tick) => tick >= low && tick <= high)
        .map((tick) => (
          <span key={tick} style={{ left: `${((tick - low) / (high - low)) * 100}%` }}>
            {percent(tick, 0)}
          </span>
        ))}
    </div>
  )
}
