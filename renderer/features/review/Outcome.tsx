import { CircleCheck, Eye, EyeOff, FlipHorizontal2, Pencil, Scale, Trash2 } from 'lucide-react'
import type { PairDetail } from '../../../src/contract/pairs.ts'
import { time } from '../../../src/core/format.ts'
import styles from './PairPage.module.css'
import type { ReviewMode } from './review-commands.ts'
import { words } from '../../words/words.ts'

const t = words.review

const ICONS = {
  kept: CircleCheck,
  flipped: FlipHorizontal2,
  tied: Scale,
  edited: Pencil,
  discarded: Trash2,
} as const

/** What is asked of a pair: by its image, without one that is missing, or by the text alone. */
function questionOf({ images: found, missing: { length: missing } }: Pick<PairDetail, 'images' | 'missing'>): string {
  const images = found.length + missing
  if (images === 0) return t('question.noImage')
  if (missing === 0) return t('question.image', { images })
  return missing === images ? t('question.missing', { images }) : t('question.someMissing', { images, missing })
}

/** Where the reader stands with this pair: what to do, or what was said of it. */
export function Outcome({ pair, mode }: { pair: PairDetail; mode: ReviewMode }) {
  if (pair.status === 'unreviewed') {
    return (
      <div className={styles.outcome}>
        {mode === 'choosing' ? <EyeOff size={15} aria-hidden /> : <Eye size={15} aria-hidden />}
        {mode === 'choosing' ? t('question.hidden', { question: questionOf(pair) }) : t('question.visible')}
      </div>
    )
  }
  const Icon = ICONS[pair.status]
  const last = pair.history.at(-1)
  return (
    <div className={styles.outcome} data-status={pair.status}>
      <Icon size={15} aria-hidden />
      <span>{t(`outcome.${pair.status}`)}</span>
      {last && (
        <span className={styles.when}>
          {t(last.blind ? 'outcome.byBlind' : 'outcome.by', { annotator: last.annotator, time: time(last.at) })}
        </span>
      )}
    </div>
  )
}
