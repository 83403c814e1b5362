import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import type { Report } from '../../../../src/contract/overview.ts'
import type { PairStatus } from '../../../../src/contract/pairs.ts'
import { USABLE_STATUSES } from '../../../../src/core/vocabulary.ts'
import { api } from '../../../api/client.ts'
import { openDialog } from '../../../state/dialogs.ts'
import { pairsPath } from '../../../state/pair-query.ts'
import { Button } from '../../../ui/Button.tsx'
import { plural } from '../../../../src/core/format.ts'
import { changedPairs } from '../links.ts'
import styles from '../OverviewPage.module.css'

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
    stale > regrouped && `${plural(stale - regrouped, 'pair')} changed`,
    regrouped > 0 && `${plural(regrouped, 'pair')} joined another group, so a model that scored them saw the same image`,
    fresh > 0 && `${plural(fresh, 'pair')} came in`,
  ].filter(Boolean)
  return (
    <div className={styles.stale} role="status">
      <span>
        Since the last blind test: {parts.join('; ')}. {stale + fresh === 1 ? 'It is' : 'They are'} not included below.
      </span>
      {stale > 0 && <Link href={pairsPath(changedPairs)}>Show stale pairs</Link>}
      <Button size="small" changes busy={scanning} onClick={() => openDialog('scan')}>
        Run again
      </Button>
    </div>
  )
}
