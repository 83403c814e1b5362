import { useRef, type KeyboardEvent } from 'react'
import { compactCount } from '../../../src/core/format.ts'
import styles from './Histogram.module.css'
import { words } from '../../words/words.ts'

const t = words.ui

export interface HistogramBin {
  low: number
  high: number
  pairs: number
}

/**
 * Bars over equal bins. With `onSelect` each bin is a button; arrow keys move between bins, so that the chart is
 * one stop of the Tab key.
 */
export function Histogram({
  bins,
  color,
  label,
  onSelect,
  height = 160,
  ends,
}: {
  bins: readonly HistogramBin[]
  color: string
  label: string
  onSelect?: (bin: HistogramBin) => void
  height?: number
  /** What the left and right ends of the axis mean, in words. */
  ends?: readonly [string, string]
}) {
  const row = useRef<HTMLDivElement>(null)
  const top = niceCeiling(Math.max(1, ...bins.map(({ pairs }) => pairs)))

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
            const named = { low: bin.low.toFixed(2), high: bin.high.toFixed(2), count: bin.pairs }
            const bar = (
              <span
                className={styles.part}
                style={{ height: bin.pairs === 0 ? 0 : `max(2px, ${(bin.pairs / top) * 100}%)`, background: color }}
              />
            )
            return onSelect ? (
              <button
                key={bin.low}
                type="button"
                className={styles.bin}
                tabIndex={i === 0 ? 0 : -1}
                aria-label={t('binButton', named)}
                title={t('bin', named)}
                onClick={() => onSelect(bin)}
              >
                {bar}
              </button>
            ) : (
              <span key={bin.low} className={styles.bin} title={t('bin', named)}>
                {bar}
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
