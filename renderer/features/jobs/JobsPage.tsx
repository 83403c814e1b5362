import { useQuery } from '@tanstack/react-query'
import { ChartColumn } from 'lucide-react'
import { useSearch } from 'wouter'
import type { Job } from '../../../src/contract/jobs.ts'
import { api } from '../../api/client.ts'
import { navigate } from '../../state/location.ts'
import { Badge } from '../../ui/Badge.tsx'
import { isolated } from '../../ui/text/direction.ts'
import { plural, time } from '../../../src/core/format.ts'
import { Page } from '../../ui/Panel.tsx'
import { ProgressBar } from '../../ui/ProgressBar.tsx'
import { EmptyState, ErrorState, Skeleton } from '../../ui/states.tsx'
import { elapsed, progressOf, progressText, shareOf, STATUSES, waitingText } from './job-text.ts'
import { JobDetail } from './JobDetail.tsx'
import styles from './JobsPage.module.css'
import { isLive } from '../../../src/core/vocabulary.ts'

/** Every job of the project, newest first, and the log of the one that is chosen. */
export function JobsPage() {
  const jobs = useQuery(api.jobs.list.queryOptions())
  const chosenId = new URLSearchParams(useSearch()).get('job')
  const all = [...(jobs.data ?? [])].sort((a, b) => Number(isLive(b)) - Number(isLive(a)) || b.createdAt.localeCompare(a.createdAt))
  const chosen = all.find((job) => job.id === chosenId) ?? all[0]
  const live = all.filter(isLive).length

  return (
    <Page title="Jobs" detail={jobs.data && (live > 0 ? `${live} running or queued` : plural(all.length, 'job'))} flush>
      {jobs.isPending ? (
        <Skeleton lines={6} />
      ) : jobs.isError ? (
        <ErrorState error={jobs.error} onRetry={() => void jobs.refetch()} />
      ) : !chosen ? (
        <EmptyState icon={ChartColumn} title="No jobs yet">
          <p>Imports, blind tests, training runs and exports are listed here with their progress and their log.</p>
        </EmptyState>
      ) : (
        <div className={styles.split}>
          <ul className={styles.list} aria-label="Jobs">
            {all.map((job) => (
              <JobRow key={job.id} job={job} chosen={job === chosen} />
            ))}
          </ul>
          <JobDetail key={chosen.id} job={chosen} />
        </div>
      )}
    </Page>
  )
}

function JobRow({ job, chosen }: { job: Job; chosen: boolean }) {
  const status = STATUSES[job.state.status]
  const progress = progressOf(job)
  return (
    <li>
      <button
        type="button"
        className={styles.row}
        aria-current={chosen || undefined}
        onClick={() => navigate(`/jobs?job=${encodeURIComponent(job.id)}`, { replace: true })}
      >
        <span className={styles.rowHead}>
          <span className={styles.rowTitle}>{isolated(job.title)}</span>
          <Badge tone={status.tone}>{status.label}</Badge>
        </span>
        {isLive(job) ? (
          <>
            <ProgressBar value={job.state.status === 'queued' ? 0 : shareOf(progress)} label={`Progress of ${job.title}`} />
            <span className={styles.rowDetail}>{progressText(progress) || waitingText(job)}</span>
          </>
        ) : (
          <span className={styles.rowDetail}>
            {time(job.createdAt)}
            {elapsed(job) && ` · took ${elapsed(job)}`}
          </span>
        )}
      </button>
    </li>
  )
}
