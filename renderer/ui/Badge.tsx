import type { ReactNode } from 'react'
import type { Quadrant } from '../../src/contract/pairs.ts'
import styles from './Badge.module.css'
import { QUADRANT_WORDS } from '../../src/core/labels.ts'

type Tone = 'neutral' | 'accent' | 'danger' | 'warning' | 'success' | 'chosen' | 'rejected' | `q-${Quadrant}`

/** A short state in words, never by colour alone. */
export function Badge({ tone = 'neutral', children, title }: { tone?: Tone; children: ReactNode; title?: string }) {
  return (
    <span className={styles.badge} data-tone={tone} title={title}>
      {children}
    </span>
  )
}

/** What each quadrant is called and what it means, in one place for badges, legends, filters and the overview. */
export function QuadrantBadge({ quadrant }: { quadrant: Quadrant }) {
  return (
    <Badge tone={`q-${quadrant}`} title={QUADRANT_WORDS[quadrant].meaning}>
      {QUADRANT_WORDS[quadrant].label}
    </Badge>
  )
}
