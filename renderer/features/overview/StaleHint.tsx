import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import type { Report } from '../../../src/contract/overview.ts'
import type { PairStatus } from '../../../src/contract/pairs.ts'
import { USABLE_STATUSES } from '../../../src/core/pair-status.ts'
import { api } from '../../api/client.ts'
import { openDialog } from '../../state/dialogs.ts'
import { pairsPath } from '../../state/pair-query.ts'
import { Button } from '../../ui/Button.tsx'
import { plural } from '../../ui/format.ts'
import { links } from './links.ts'
import styles from './OverviewPage.module.css'

/** Those that a scan scores: tied and discarded pairs are left out of it. */
const SCORED: PairStatus[] = [...USABLE_STATUSES]

/** Says which pairs the numbers do not speak of: changed since they were scored, or imported since. */
export function StaleHint({ report, scanning }: { report: Report; scanning: boolean }) {
  const all = useQuery(api.pairs.count.queryOptions({ input: { filter: { statuses: SCORED } } }))
  const changed = useQuery(api.pairs.count.queryOptions({ input: { filter: links.changed() } }))
  if (!all.data || !changed.data) return null
  const stale = changed.data.count
  const fresh = Math.max(0, all.data.count - report.scored - stale)
  if (stale + fresh === 0) return null
  const parts = [stale > 0 && `${plural(stale, 'pair')} changed`, fresh > 0 && `${plural(fresh, 'pair')} came in`].filter(Boolean)
  return (
    <div className={styles.stale} role="status">
      <span>
        {parts.join(' and ')} since the last blind test: the numbers below do not speak of {stale + fresh === 1 ? 'it' : 'them'}.
      </span>
      {stale > 0 && <Link href={pairsPath(links.changed())}>Show changed</Link>}
      <Button size="small" busy={scanning} onClick={() => openDialog('scan')}>
        Re-scan
      </Button>
    </div>
  )
}
