import { useQuery } from '@tanstack/react-query'
import { Import as ImportIcon } from 'lucide-react'
import { Link } from 'wouter'
import type { Job } from '../../../src/contract/jobs.ts'
import { api } from '../../api/client.ts'
import { navigate } from '../../state/location.ts'
import { Badge } from '../../ui/Badge.tsx'
import { count, time } from '../../ui/format.ts'
import { EmptyState, ErrorState, Skeleton } from '../../ui/states.tsx'
import { type Column, Table } from '../../ui/Table.tsx'
import { KINDS, STATUSES } from '../jobs/job-text.ts'
import styles from './DataPage.module.css'

const NUMBERS = { records: 'Records', imported: 'Imported', skipped: 'There already', quarantined: 'Quarantined' }

/** Every import of the project, the newest first, with what came of it. */
export function Imports() {
  const jobs = useQuery(api.jobs.list.queryOptions())
  if (jobs.isPending) return <Skeleton lines={5} />
  if (jobs.isError) return <ErrorState error={jobs.error} onRetry={() => void jobs.refetch()} />
  const rows = jobs.data.filter((job) => ['import', 'retry', 'heal', 'demo'].includes(job.kind)).sort((a, b) => b.createdAt.localeCompare(a.createdAt))
  if (rows.length === 0) return <EmptyState icon={ImportIcon} title="Nothing was imported yet" />
  const number = ([id, header]: [string, string]): Column<Job> => ({
    id,
    header,
    align: 'end',
    width: '100px',
    cell: (job) => {
      const value = job.state.status === 'succeeded' ? job.state.result[id] : undefined
      return typeof value === 'number' ? count(value) : '–'
    },
  })
  return (
    <div className={styles.card}>
      <Table
        label="Imports"
        rows={rows}
        rowKey={(job) => job.id}
        onOpen={(job) => navigate(`/jobs?job=${encodeURIComponent(job.id)}`)}
        columns={[
          { id: 'title', header: 'Import', cell: (job) => <Link href={`/jobs?job=${encodeURIComponent(job.id)}`}>{job.title}</Link> },
          { id: 'kind', header: 'Kind', width: '180px', cell: (job) => KINDS[job.kind] },
          { id: 'when', header: 'When', width: '150px', cell: (job) => time(job.createdAt) },
          { id: 'status', header: 'State', width: '100px', cell: (job) => <Badge tone={STATUSES[job.state.status].tone}>{STATUSES[job.state.status].label}</Badge> },
          ...Object.entries(NUMBERS).map(number),
        ]}
      />
    </div>
  )
}
