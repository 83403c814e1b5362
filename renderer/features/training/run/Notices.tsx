import { ListFilter } from 'lucide-react'
import type { RunNotice } from '../../../../src/contract/training.ts'
import { navigate } from '../../../state/location.ts'
import { pairsPath } from '../../../state/pair-query.ts'
import { Button } from '../../../ui/Button.tsx'
import { count, plural } from '../../../../src/core/format.ts'
import { Panel } from '../../../ui/Panel.tsx'
import styles from './RunPage.module.css'

/** What the trainer said beside its numbers, each with the pairs that it is about. */
export function Notices({ notices }: { notices: readonly RunNotice[] }) {
  if (notices.length === 0) return null
  return (
    <Panel title="Worth knowing" detail={plural(notices.length, 'notice')}>
      <ul className={styles.notices} aria-label="Notices">
        {notices.map((notice, i) => (
          <li key={i}>
            <span>{sentenceOf(notice)}</span>
            {pairsOf(notice).length > 0 && (
              <Button size="small" icon={ListFilter} onClick={() => navigate(pairsPath({ pairIds: pairsOf(notice) }, 'id'))}>
                Show{' '}
                {pairsOf(notice).length < countOf(notice)
                  ? `the first ${count(pairsOf(notice).length)}`
                  : plural(pairsOf(notice).length, 'pair')}
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
      return `At step ${count(notice.step)} a pass did not fit the memory. From there on passes have ${count(notice.tokenBudget)} tokens; batches and results are the same.`
    case 'warning':
      return notice.message
    case 'unusable': {
      const where = notice.source === null ? 'of the training pairs' : `of the test pairs of ${notice.source}`
      const reasons = [...new Set(notice.pairs.map(({ message }) => message))]
      return `${plural(notice.count, 'pair')} ${where} cannot be used${notice.leftOut ? ' and are left out' : ''}: ${reasons.slice(0, 3).join(' ')}${reasons.length > 3 ? ' …' : ''}`
    }
  }
}
