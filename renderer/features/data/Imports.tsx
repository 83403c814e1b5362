import { useQuery } from '@tanstack/react-query'
import { Import as ImportIcon } from 'lucide-react'
import { Link } from 'wouter'
import type { Job } from '../../../src/contract/jobs.ts'
import { api } from '../../api/client.ts'
import { navigate } from '../../state/location.ts'
import { Badge } from '../../ui/Badge.tsx'
import { isolated } from '../../ui/text/direction.ts'
import { count, time } from '../../../src/core/format.ts'
import { ShareBar } from '../../ui/charts/ShareBar.tsx'
import { EmptyState, ErrorState, Skeleton } from '../../ui/states.tsx'
import { Table } from '../../ui/Table.tsx'
import { STATUS_TONES } from '../jobs/job-text.ts'
import { words } from '../../words/words.ts'
import { FATES } from '../import/columns/colors.ts'
import styles from './DataPage.module.css'
import { found } from '../import/import-words.ts'

const t = words.data

const BRINGING = ['import', 'retry', 'heal', 'demo']

/** Every import of the project, the newest first, with what came of it. */
export function Imports() {
  const jobs = useQuery(api.jobs.list.queryOptions())
  if (jobs.isPending) return <Skeleton lines={5} />
  if (jobs.isError) return <ErrorState error={jobs.error} onRetry={() => void jobs.refetch()} />
  const rows = jobs.data.filter(({ kind }) => BRINGING.includes(kind)).sort((a, b) => b.createdAt.localeCompare(a.createdAt))
  if (rows.length === 0) return <EmptyState icon={ImportIcon} title={t('imports.empty')} />
  return (
    <div className={styles.card}>
      <Table
        label={t('imports.label')}
        rows={rows}
        rowKey={(job) => job.id}
        onOpen={(job) => navigate(`/jobs?job=${encodeURIComponent(job.id)}`)}
        columns={[
          {
            id: 'title',
            header: t('imports.title'),
            cell: (job) => (
              <>
                <Link href={`/jobs?job=${encodeURIComponent(job.id)}`}>{isolated(job.title)}</Link>
                <div className={styles.why}>
                  {t('imports.started', { kind: words.jobs(`kind.${job.kind}`), time: time(job.createdAt) })}
                </div>
              </>
            ),
          },
          {
            id: 'status',
            header: t('imports.status'),
            width: '110px',
            cell: (job) => <Badge tone={STATUS_TONES[job.state.status]}>{words.jobs(`status.${job.state.status}`)}</Badge>,
          },
          { id: 'outcome', header: t('imports.result'), width: '46%', cell: (job) => <Outcome job={job} /> },
        ]}
      />
    </div>
  )
}

function Outcome({ job }: { job: Job }) {
  if (job.state.status !== 'succeeded') return <span className={styles.none}>–</span>
  const { result } = job.state
  if (job.kind === 'heal') return found(result)
  const number = (key: string) => (typeof result[key] === 'number' ? result[key] : 0)
  const parts = [
    { label: t('fate.imported'), value: number('imported'), color: FATES.imported },
    { label: t('fate.skipped'), value: number('skipped'), color: FATES.skipped },
    { label: t('fate.quarantined'), value: number('quarantined'), color: FATES.quarantined },
  ]
  return (
    <div className={styles.splits}>
      <ShareBar compact label={t('imports.resultOf', { title: job.title })} parts={parts} />
      <ul>
        {parts.map(({ label, value, color }) => (
          <li key={label} className={value === 0 ? styles.none : undefined}>
            <span className={styles.swatch} style={{ background: color }} aria-hidden />
            {count(value)} {label}
          </li>
        ))}
      </ul>
    </div>
  )
}
