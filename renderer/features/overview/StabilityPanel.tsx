import { Repeat2 } from 'lucide-react'
import { useQuery } from '@tanstack/react-query'
import type { Agreement, Report } from '../../../src/contract/overview.ts'
import { api } from '../../api/client.ts'
import { Button } from '../../ui/Button.tsx'
import { GLOSSARY } from '../../../src/core/glossary.ts'
import { fixed, percent, percentInterval } from '../../../src/core/format.ts'
import { Panel } from '../../ui/Panel.tsx'
import { Table } from '../../ui/Table.tsx'
import { repeatWithOtherSeeds } from './NextSteps.tsx'
import { words } from '../../words/words.ts'
import styles from './OverviewPage.module.css'
import { isLive } from '../../../src/core/vocabulary.ts'

const t = words.overview

/** How far the numbers can be relied on: over seeds, and beside other proxies. */
export function StabilityPanel({ report }: { report: Report }) {
  const jobs = useQuery(api.jobs.list.queryOptions())
  const repeating = (jobs.data ?? []).some((job) => job.kind === 'stability' && isLive(job))
  const { stability, agreements } = report
  return (
    <Panel
      title={GLOSSARY.stability.term}
      detail={stability ? t('stability.seeds', { count: stability.seeds.length }) : t('stability.none')}
      actions={
        <Button size="small" changes icon={Repeat2} busy={repeating} onClick={() => void repeatWithOtherSeeds()}>
          {repeating ? t('stability.repeating') : t('stability.repeat')}
        </Button>
      }
    >
      {stability && (
        <>
          <p>{stability.sentence}</p>
          <p className={styles.muted}>
            {t('stability.agreement', { shared: percent(stability.topTenth.mean), same: percent(stability.sameSide) })}
          </p>
        </>
      )}
      {agreements.length > 0 ? (
        <Table<Agreement>
          label={t('stability.others')}
          rows={agreements}
          rowKey={(row) => row.scanId}
          columns={[
            {
              id: 'proxy',
              header: t('stability.proxy'),
              cell: (row) => (row.model ? t('stability.proxyWith', { proxy: row.proxy, model: row.model.name }) : row.proxy),
            },
            {
              id: 'accuracy',
              header: GLOSSARY.blindAccuracy.term,
              align: 'end',
              cell: (row) => (
                <>
                  {percent(row.blindAccuracy.value)} <span className={styles.small}>{percentInterval(row.blindAccuracy)}</span>
                </>
              ),
            },
            {
              id: 'agree',
              header: <span title={t('stability.agreeHint')}>{t('stability.agree')}</span>,
              align: 'end',
              cell: (row) => t('stability.agreeShare', { share: percent(row.agree.value), expected: percent(row.expected) }),
            },
            { id: 'rank', header: t('stability.rank'), align: 'end', cell: (row) => (row.spearman ? fixed(row.spearman.value) : '–') },
          ]}
        />
      ) : (
        <p className={styles.muted}>{t('stability.onlyOne')}</p>
      )}
    </Panel>
  )
}
