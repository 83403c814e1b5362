import { useMemo } from 'react'
import type { Attribution, PairDetail } from '../../../src/contract/pairs.ts'
import { matches } from '../../../src/core/search-words.ts'
import { wordCount } from '../../../src/core/segments.ts'
import { Badge } from '../../ui/Badge.tsx'
import { Kbd } from '../../ui/Kbd.tsx'
import { segments } from '../../ui/text/segments.ts'
import { wordDiff } from '../../ui/text/word-diff.ts'
import styles from './Responses.module.css'
import type { Side, Sides } from './sides.ts'
import { HeatedText } from './scores/HeatedText.tsx'
import { words } from '../../words/words.ts'

const t = words.review

/** Below this share of common text, marking every word would only be noise. */
const LIKE_ENOUGH = 0.25

/**
 * Both responses side by side with their word diff. While `revealed` is false nothing here, neither text nor colour nor
 * attribute, tells which one is chosen.
 */
export function Responses({
  pair,
  sides,
  revealed,
  attribution,
  search,
}: {
  pair: PairDetail
  sides: Sides
  revealed: boolean
  /** Null: not shown. */
  attribution: Attribution | null
  /** What the list was searched for; its matches are marked. */
  search: string
}) {
  const left = pair[sides.left]
  const right = pair[sides.right]
  const diff = useMemo(() => wordDiff(left, right), [left, right])
  const alike = diff.shared >= LIKE_ENOUGH
  const words = revealed ? attribution : null
  const strongest = Math.max(1e-9, ...(words ? [...words.chosen, ...words.rejected].map((word) => Math.abs(word.value)) : []))
  const card = (side: Side) => {
    const role = sides[side]
    return (
      <article
        className={styles.card}
        aria-label={t(side === 'left' ? 'leftResponse' : 'rightResponse')}
        data-role={revealed ? role : undefined}
      >
        <header className={styles.cardHead}>
          <Kbd keys={side === 'left' ? '1' : '2'} />
          <span>{t(side)}</span>
          {revealed && <Badge tone={role}>{t(role)}</Badge>}
          <span className={styles.length}>{t('length', { count: wordCount(pair[role]) })}</span>
        </header>
        <p dir="auto" className={styles.text}>
          <HeatedText
            segments={segments(pair[role], alike ? diff[side] : [], words?.[role], matches(pair[role], search))}
            strongest={strongest}
          />
        </p>
      </article>
    )
  }
  return (
    <>
      <div className={styles.responses}>
        {card('left')}
        {card('right')}
      </div>
      {!alike && <p className={styles.note}>{t('unlike')}</p>}
      {words && <HeatLegend strongest={strongest} />}
    </>
  )
}

export function HeatLegend({ strongest }: { strongest: number }) {
  return (
    <p className={styles.legend}>
      <span>{t('heatLegend')}</span>
      <span>−{strongest.toFixed(2)}</span>
      <span className={styles.scale} aria-hidden />
      <span>+{strongest.toFixed(2)}</span>
    </p>
  )
}
