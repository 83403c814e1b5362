import { CircleCheck, Eye, EyeOff, FlipHorizontal2, Pencil, Scale, Trash2 } from 'lucide-react'
import type { PairDetail } from '../../../src/contract/pairs.ts'
import { time } from '../../../src/core/format.ts'
import styles from './PairPage.module.css'
import type { ReviewMode } from './review-commands.ts'

const OUTCOMES = {
  kept: { icon: CircleCheck, text: 'You agreed with the original label.' },
  flipped: { icon: FlipHorizontal2, text: 'You flipped the original label.' },
  tied: { icon: Scale, text: 'Tied. Excluded from blind tests and training.' },
  edited: { icon: Pencil, text: 'The texts were edited.' },
  discarded: { icon: Trash2, text: 'Discarded. Excluded from blind tests and training.' },
} as const

/** What is asked of a pair: by its image, without one that is missing, or by the text alone. */
export function questionOf({ images, missing }: Pick<PairDetail, 'images' | 'missing'>): string {
  const several = images.length + missing.length > 1
  if (missing.length > 0) {
    if (images.length > 0)
      return `Which response is better? ${missing.length} of the ${images.length + missing.length} images ${missing.length === 1 ? 'is' : 'are'} missing: find them first, or judge only what the others show.`
    return `Which response is better? The image${several ? 's are' : ' is'} missing, so this judgement cannot go by ${several ? 'them' : 'it'}: find ${several ? 'them' : 'it'} first.`
  }
  if (images.length === 0) return 'Which response answers the prompt better? This pair names no image.'
  return `Which response is better for ${several ? 'these images' : 'this image'}?`
}

/** Where the reader stands with this pair: what to do, or what was said of it. */
export function Outcome({ pair, mode }: { pair: PairDetail; mode: ReviewMode }) {
  if (pair.status === 'unreviewed') {
    return (
      <div className={styles.outcome}>
        {mode === 'choosing' ? <EyeOff size={15} aria-hidden /> : <Eye size={15} aria-hidden />}
        {mode === 'choosing'
          ? `${questionOf(pair)} Label and scores are hidden until you choose, and the sides are shuffled.`
          : 'Labels are visible, so this will not count as a blind judgement.'}
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
