import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import type { Report } from '../../../../src/contract/overview.ts'
import type { PairStatus } from '../../../../src/contract/pairs.ts'
import { USABLE_STATUSES } from '../../../../src/core/vocabulary.ts'
import { api } from '../../../api/client.ts'
import { openDialog } from '../../../state/dialogs.ts'
import { pairsPath } from '../../../state/pair-query.ts'
import { Button } from '../../../ui/Button.tsx'
import { changedPairs } from '../links.ts'
import { words } from '../../../words/words.ts'
import styles from '../OverviewPage.module.css'

const t = words.overview

/** Those that a scan scores: tied and discarded pairs are left out of it. */
const SCORED: PairStatus[] = [...USABLE_STATUSES]

/** Says which pairs the numbers exclude: changed or regrouped since they were scored, or imported since. */
export function StaleHint({ report, scanning }: { report: Report; scanning: boolean }) {
  const all = useQuery(api.pairs.count.queryOptions({ input: { filter: { statuses: SCORED } } }))
  const changed = useQuery(api.pairs.count.queryOptions({ input: { filter: changedPairs } }))
  if (!all.data || !changed.data) return null
  const stale = changed.data.count
  const fresh = Math.max(0, all.data.count - report.scored - stale)
  if (stale + fresh === 0) return null
  const regrouped = Math.min(stale, report.regrouped)
  const parts = [
    stale > regrouped && t('stale.changed', { count: stale - regrouped }),
    regrouped > 0 && t('stale.regrouped', { count: regrouped }),
    fresh > 0 && t('stale.imported', { count: fresh }),
  ].filter(Boolean)
  return (
    <div className={styles.stale} role="status">
      <span>{t('stale.since', { changes: parts.join('; '), count: stale + fresh })}</span>
      {stale > 0 && <Link href={pairsPath(changedPairs)}>{t('stale.show')}</Link>}
      <Button size="small" changes busy={scanning} onClick={() => openDialog('scan')}>
        {t('stale.run')}
      </Button>
    </div>
  )
}
