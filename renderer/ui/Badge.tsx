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
  'text-solvable': { label: 'Text-solvable', meaning: 'Text model right, image model right: the text alone is enough.' },
  'shortcut-only': { label: 'Shortcut only', meaning: 'Text model right, image model wrong: the cue contradicts the image, or the image model is weak.' },
  'image-needed': { label: 'Image needed', meaning: 'Text model wrong, image model right: the valuable pairs.' },
  'suspect-label': { label: 'Suspect label', meaning: 'Both models disagree with the annotator.' },
  'text-right': { label: 'Guessed from text', meaning: 'The text model is right; no image model has scored the pair yet.' },
  'text-wrong': { label: 'Not guessed', meaning: 'The text model is wrong; no image model has scored the pair yet.' },
}

export function QuadrantBadge({ quadrant }: { quadrant: Quadrant }) {
  return (
    <Badge tone={`q-${quadrant}`} title={QUADRANTS[quadrant].meaning}>
      {QUADRANTS[quadrant].label}
    </Badge>
  )
}
