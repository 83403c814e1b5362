import { useRef, type KeyboardEvent } from 'react'
import { compactCount, count } from './format.ts'
import styles from './Histogram.module.css'

export interface HistogramBin {
  low: number
  high: number
  /** Counts by series, stacked in the order of `series`. */
  counts: readonly number[]
}

/**
 * Stacked bars over equal bins. With `onSelect` each bin is a button; arrow keys move between bins, so that the chart is
 * one stop of the Tab key.
 */
export function Histogram({ bins, series, label, onSelect, height = 160, ends }: {
  bins: readonly HistogramBin[]
  series: readonly { label: string; color: string }[]
  label: string
  onSelect?: (bin: HistogramBin) => void
  height?: number
  /** What the left and right ends of the axis mean, in words. */
  ends?: readonly [string, string]
}) {
  const row = useRef<HTMLDivElement>(null)
  const totals = bins.map((bin) => bin.counts.reduce((sum, value) => sum + value, 0))
  const top = niceCeiling(Math.max(1, ...totals))

  const move = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1, Home: -bins.length, End: bins.length }[event.key]
    if (!step) return
    event.preventDefault()
    const buttons = [...(row.current?.querySelectorAll('button') ?? [])]
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement)
    buttons[Math.min(buttons.length - 1, Math.max(0, at + step))]?.focus()
  }
  return (
    <figure className={styles.figure} aria-label={label}>
      <div className={styles.plot} style={{ height }}>
        {[1, 0.5].map((share) => (
          <span key={share} className={styles.grid} style={{ bottom: `${share * 100}%` }}>
            <span>{compactCount(top * share)}</span>
          </span>
        ))}
        <div ref={row} className={styles.bars} onKeyDown={move}>
          {bins.map((bin, i) => {
            const spoken = `${bin.low.toFixed(2)} to ${bin.high.toFixed(2)}: ${bin.counts
              .map((value, s) => `${count(value)} ${series[s]?.label ?? ''}`)
              .join(', ')}`
            const stack = bin.counts.map((value, s) => (
              <span key={s} className={styles.part} style={{ height: value === 0 ? 0 : `max(2px, ${(value / top) * 100}%)`, background: series[s]?.color }} />
            ))
            return onSelect ? (
              <button key={bin.low} type="button" className={styles.bin} tabIndex={i === 0 ? 0 : -1} aria-label={`${spoken}. Show these pairs`} title={spoken} onClick={() => onSelect(bin)}>
                {stack}
              </button>
            ) : (
              <span key={bin.low} className={styles.bin} title={spoken}>
                {stack}
              </span>
            )
          })}
        </div>
      </div>
      <div className={styles.axis} aria-hidden>
        {[0, 0.25, 0.5, 0.75, 1].map((tick) => (
          <span key={tick} style={{ left: `${tick * 100}%` }}>
            {((bins[0]?.low ?? 0) + tick * ((bins.at(-1)?.high ?? 1) - (bins[0]?.low ?? 0))).toFixed(2)}
          </span>
        ))}
      </div>
      {ends && (
        <figcaption className={styles.ends}>
          <span>← {ends[0]}</span>
          <span>{ends[1]} →</span>
        </figcaption>
      )}
    </figure>
  )
}

/** A round number with a round half that is not below `value`. */
function niceCeiling(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value))
  return ([1, 1.2, 1.6, 2, 2.4, 3, 4, 5, 6, 8, 10].find((step) => step * power >= value) ?? 10) * power
}
