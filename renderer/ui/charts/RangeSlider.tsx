import styles from './RangeSlider.module.css'
import { words } from '../../words/words.ts'

const t = words.ui

/**
 * Two handles on one line. Each handle is a native range input, so arrow keys and screen readers work; they cannot pass
 * each other. `onChange` comes while moving, `onCommit` when a handle is let go or a key moved it.
 */
export function RangeSlider({
  label,
  min = 0,
  max = 1,
  step = 0.01,
  value,
  onChange,
  onCommit,
}: {
  label: string
  min?: number
  max?: number
  step?: number
  value: readonly [number, number]
  onChange: (value: [number, number]) => void
  onCommit: (value: [number, number]) => void
}) {
  const [low, high] = value
  const share = (at: number) => `${((at - min) / (max - min)) * 100}%`
  const handle = (name: string, at: number, clamp: (to: number) => [number, number]) => (
    <input
      type="range"
      aria-label={name}
      min={min}
      max={max}
      step={step}
      value={at}
      onChange={(event) => onChange(clamp(Number(event.target.value)))}
      onPointerUp={(event) => onCommit(clamp(Number(event.currentTarget.value)))}
      onKeyUp={(event) => onCommit(clamp(Number(event.currentTarget.value)))}
    />
  )
  return (
    <div className={styles.slider}>
      <span className={styles.track} aria-hidden>
        <span style={{ left: share(low), width: `calc(${share(high)} - ${share(low)})` }} />
      </span>
      {handle(t('minimum', { label }), low, (to) => [Math.min(to, high), high])}
      {handle(t('maximum', { label }), high, (to) => [low, Math.max(to, low)])}
    </div>
  )
}
