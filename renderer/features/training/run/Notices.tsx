import { ListFilter } from 'lucide-react'
import type { RunNotice } from '../../../../src/contract/training.ts'
import { navigate } from '../../../state/location.ts'
import { pairsPath } from '../../../state/pair-query.ts'
import { Button } from '../../../ui/Button.tsx'
import { Panel } from '../../../ui/Panel.tsx'
import { words } from '../../../words/words.ts'
import styles from './RunPage.module.css'

const t = words.training

/** What the trainer said beside its numbers, each with the pairs that it is about. */
export function Notices({ notices }: { notices: readonly RunNotice[] }) {
  if (notices.length === 0) return null
  return (
    <Panel title={t('notice.title')} detail={t('notice.detail', { count: notices.length })}>
      <ul className={styles.notices} aria-label={t('notice.title')}>
        {notices.map((notice, i) => (
          <li key={i}>
            <span>{sentenceOf(notice)}</span>
            {pairsOf(notice).length > 0 && (
              <Button size="small" icon={ListFilter} onClick={() => navigate(pairsPath({ pairIds: pairsOf(notice) }, 'id'))}>
                {t(pairsOf(notice).length < countOf(notice) ? 'notice.showFirst' : 'notice.show', { count: pairsOf(notice).length })}
              </Button>
            )}
          </li>
        ))}
      </ul>
    </Panel>
  )
}

const pairsOf = (notice: RunNotice): number[] =>
  notice.type === 'oom' ? [] : notice.type === 'unusable' ? notice.pairs.map(({ pairId }) => pairId) : notice.pairIds
const countOf = (notice: RunNotice): number => (notice.type === 'oom' ? 0 : notice.count)

function sentenceOf(notice: RunNotice): string {
  switch (notice.type) {
    case 'oom':
      return t('notice.outOfMemory', { step: notice.step, tokens: notice.tokenBudget })
    case 'warning':
      return notice.message
    case 'unusable': {
      const { count, source, leftOut } = notice
      const all = [...new Set(notice.pairs.map(({ message }) => message))]
      const reasons = `${all.slice(0, 3).join(' ')}${all.length > 3 ? ' …' : ''}`
      if (source === null) return t(leftOut ? 'notice.trainExcluded' : 'notice.train', { count, reasons })
      return t(leftOut ? 'notice.testExcluded' : 'notice.test', { count, reasons, source })
    }
  }
}
