import { signed } from '../../../../src/core/format.ts'
import type { Segment } from '../../../ui/text/segments.ts'
import styles from '../Responses.module.css'
import { words } from '../../../words/words.ts'

const t = words.review

/** How strongly the strongest word is coloured, in percent of the full colour. */
const STRONGEST = 75

/** A text with its differences underlined and, where words have a value, with their heat. `strongest` is the largest value in log-odds. */
export function HeatedText({ segments, strongest }: { segments: readonly Segment[]; strongest: number }) {
  return (
    <>
      {segments.map((segment) => {
        const { value } = segment
        const text = segment.found ? <mark>{segment.text}</mark> : segment.text
        if (!segment.differs && value === null) return <span key={segment.start}>{text}</span>
        const share = value === null ? 0 : Math.round((Math.abs(value) / Math.max(strongest, 1e-9)) * STRONGEST)
        const heat =
          value === null || share < 2
            ? undefined
            : `color-mix(in srgb, var(${value > 0 ? '--heat-high' : '--heat-low'}) ${share}%, transparent)`
        return (
          <span
            key={segment.start}
            data-differs={segment.differs || undefined}
            className={styles.word}
            style={heat ? { background: heat } : undefined}
            title={value === null ? undefined : t('wordValue', { value: signed(value, 3) })}
          >
            {text}
          </span>
        )
      })}
    </>
  )
}
