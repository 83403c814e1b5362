import type { ReactNode } from 'react'
import type { Quadrant } from '../../src/contract/pairs.ts'
import styles from './Badge.module.css'

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
export const QUADRANTS: Record<Quadrant, { label: string; meaning: string }> = {
  'text-solvable': { label: 'Text-solvable', meaning: 'Both models agree with the label: the text alone is enough.' },
  'shortcut-only': { label: 'Shortcut only', meaning: 'Only the proxy agrees with the label: the text contradicts the image, or the image reference is weak.' },
  'image-needed': { label: 'Image needed', meaning: 'Only the image reference agrees with the label: the most valuable pairs.' },
  'suspect-label': { label: 'Suspect label', meaning: 'Neither model agrees with the label.' },
  'text-right': { label: 'Text right', meaning: 'The proxy agrees with the label. Not yet scored with the image.' },
  'text-wrong': { label: 'Text wrong', meaning: 'The proxy disagrees with the label. Not yet scored with the image.' },
}

export function QuadrantBadge({ quadrant }: { quadrant: Quadrant }) {
  return (
    <Badge tone={`q-${quadrant}`} title={QUADRANTS[quadrant].meaning}>
      {QUADRANTS[quadrant].label}
    </Badge>
  )
}
