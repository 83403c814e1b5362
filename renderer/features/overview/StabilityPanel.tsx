import { Repeat2 } from 'lucide-react'
import { useQuery } from '@tanstack/react-query'
import type { Agreement, Report } from '../../../src/contract/overview.ts'
import { api } from '../../api/client.ts'
import { Button } from '../../ui/Button.tsx'
import { fixed, percent, percentInterval, plural } from '../../../src/core/format.ts'
import { Panel } from '../../ui/Panel.tsx'
import { Table } from '../../ui/Table.tsx'
import { repeatWithOtherSeeds } from './NextSteps.tsx'
import styles from './OverviewPage.module.css'
import { isLive } from '../../../src/core/vocabulary.ts'

/** How far the numbers can be relied on: over seeds, and beside other proxies. */
export function StabilityPanel({ report }: { report: Report }) {
  const jobs = useQuery(api.jobs.list.queryOptions())
  const repeating = (jobs.data ?? []).some((job) => job.kind === 'stability' && isLive(job))
  const { stability, agreements } = report
  return (
    <Panel
      title="Stability"
      detail={stability ? plural(stability.seeds.length, 'seed') : 'Not repeated with other seeds yet'}
      actions={
        <Button size="small" changes icon={Repeat2} busy={repeating} onClick={() => void repeatWithOtherSeeds()}>
          {repeating ? 'Repeating…' : 'Repeat with other seeds'}
        </Button>
      }
    >
      {stability && (
        <>
          <p>{stability.sentence}</p>
          <p className={styles.muted}>
            {percent(stability.topTenth.mean)} of the tenth with the largest text margins is shared by two seeds;{' '}
            {percent(stability.sameSide)} of the pairs are predicted correctly, or wrongly, by all seeds.
          </p>
        </>
      )}
      {agreements.length > 0 ? (
        <Table<Agreement>
          label="Other proxies on the same pairs"
          rows={agreements}
          rowKey={(row) => row.scanId}
          columns={[
            { id: 'proxy', header: 'Other proxy', cell: (row) => `${row.proxy}${row.model ? ` with ${row.model.name}` : ''}` },
            {
              id: 'accuracy',
              header: 'Blind accuracy',
              align: 'end',
              cell: (row) => (
                <>
                  {percent(row.blindAccuracy.value)} <span className={styles.small}>{percentInterval(row.blindAccuracy)}</span>
                </>
              ),
            },
            {
              id: 'agree',
              header: <span title="Both right or both wrong; in brackets what chance would give">Agree</span>,
              align: 'end',
              cell: (row) => `${percent(row.agree.value)} (${percent(row.expected)})`,
            },
            { id: 'rank', header: 'Rank correlation', align: 'end', cell: (row) => (row.spearman ? fixed(row.spearman.value) : '–') },
          ]}
        />
      ) : (
        <p className={styles.muted}>
          Only one proxy has scored these pairs. A stronger one may find more: choose it when running the blind test.
        </p>
      )}
    </Panel>
  )
}
