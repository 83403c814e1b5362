import type { ReactNode } from 'react'
import type { Estimate } from '../../../src/contract/base.ts'
import { percent, percentInterval } from '../../../src/core/format.ts'
import styles from './Stat.module.css'
import { words } from '../../words/words.ts'

const t = words.ui

/** A number with its name and what qualifies it. */
export function Stat({
  label,
  value,
  detail,
  size = 'medium',
}: {
  label: string
  value: ReactNode
  detail?: ReactNode
  size?: 'medium' | 'large'
}) {
  return (
    <div className={styles.stat} data-size={size}>
      <div className={styles.label}>{label}</div>
      <div className={styles.value}>{value}</div>
      {detail && <div className={styles.detail}>{detail}</div>}
    </div>
  )
}

/** A share with its 95% interval, which is never left out. */
export function RateStat({
  label,
  estimate,
  detail,
  size,
}: {
  label: string
  estimate: Estimate
  detail?: ReactNode
  size?: 'medium' | 'large'
}) {
  return (
    <Stat
      label={label}
      size={size}
      value={percent(estimate.value)}
      detail={
        <>
          <span title={t('interval')}>{percentInterval(estimate)}</span>
          {detail}
        </>
      }
    />
  )
}
