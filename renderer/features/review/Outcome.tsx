import { CircleCheck, Eye, EyeOff, FlipHorizontal2, Pencil, Scale, Trash2 } from 'lucide-react'
import type { PairDetail } from '../../../src/contract/pairs.ts'
import { time } from '../../ui/format.ts'
import styles from './PairPage.module.css'
import type { ReviewMode } from './review-commands.ts'

const OUTCOMES = {
  kept: { icon: CircleCheck, text: 'You agreed with the original label.' },
  flipped: { icon: FlipHorizontal2, text: 'You flipped the original label.' },
  tied: { icon: Scale, text: 'A tie: neither response is better. The pair is left out of scans and training.' },
  edited: { icon: Pencil, text: 'The texts were edited.' },
  discarded: { icon: Trash2, text: 'Discarded: the pair is left out of scans and training.' },
} as const

/** Where the reader stands with this pair: what to do, or what was said of it. */
export function Outcome({ pair, mode }: { pair: PairDetail; mode: ReviewMode }) {
  if (pair.status === 'unreviewed') {
    return (
      <div className={styles.outcome}>
        {mode === 'choosing' ? <EyeOff size={15} aria-hidden /> : <Eye size={15} aria-hidden />}
        {mode === 'choosing'
          ? 'Which response is better, going by the image? The label and the scores are hidden until you choose, and the sides are shuffled.'
          : 'Labels are shown before the choice. What you say now is not recorded as a blind judgement.'}
      </div>
    )
  }
  const { icon: Icon, text } = OUTCOMES[pair.status]
  const last = pair.history.at(-1)
  return (
    <div className={styles.outcome} data-status={pair.status}>
      <Icon size={15} aria-hidden />
      <span>{text}</span>
      {last && (
        <span className={styles.when}>
          {last.blind ? 'blind · ' : ''}
          {last.annotator} · {time(last.at)}
        </span>
      )}
    </div>
  )
}
