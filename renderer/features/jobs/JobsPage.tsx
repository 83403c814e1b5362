import { useQuery } from '@tanstack/react-query'
import { ChartColumn } from 'lucide-react'
import { useSearch } from 'wouter'
import type { Job } from '../../../src/contract/jobs.ts'
import { api } from '../../api/client.ts'
import { navigate } from '../../state/location.ts'
import { Badge } from '../../ui/Badge.tsx'
import { isolated } from '../../ui/text/direction.ts'
import { time } from '../../../src/core/format.ts'
import { Page } from '../../ui/Panel.tsx'
import { ProgressBar } from '../../ui/ProgressBar.tsx'
import { words } from '../../words/words.ts'
import { EmptyState, ErrorState, Skeleton } from '../../ui/states.tsx'
import { elapsed, progressOf, progressText, shareOf, STATUS_TONES, waitingText } from './job-text.ts'
import { JobDetail } from './JobDetail.tsx'
import styles from './JobsPage.module.css'
import { isLive } from '../../../src/core/vocabulary.ts'

const t = words.jobs

/** Every job of the project, newest first, and the log of the one that is chosen. */
export function JobsPage() {
  const jobs = useQuery(api.jobs.list.queryOptions())
  const chosenId = new URLSearchParams(useSearch()).get('job')
  const all = [...(jobs.data ?? [])].sort((a, b) => Number(isLive(b)) - Number(isLive(a)) || b.createdAt.localeCompare(a.createdAt))
  const chosen = all.find((job) => job.id === chosenId) ?? all[0]
  const live = all.filter(isLive).length

  return (
    <Page title={t('title')} detail={jobs.data && (live > 0 ? t('live', { count: live }) : t('all', { count: all.length }))} flush>
      {jobs.isPending ? (
        <Skeleton lines={6} />
      ) : jobs.isError ? (
        <ErrorState error={jobs.error} onRetry={() => void jobs.refetch()} />
      ) : !chosen ? (
        <EmptyState icon={ChartColumn} title={t('empty')}>
          <p>{t('emptyDetail')}</p>
        </EmptyState>
      ) : (
        <div className={styles.split}>
          <ul className={styles.list} aria-label={t('title')}>
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
  const took = elapsed(job)
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
          <Badge tone={STATUS_TONES[job.state.status]}>{t(`status.${job.state.status}`)}</Badge>
        </span>
        {isLive(job) ? (
          <>
            <ProgressBar value={job.state.status === 'queued' ? 0 : shareOf(progress)} label={t('progressOf', { title: job.title })} />
            <span className={styles.rowDetail}>{progressText(progress) || waitingText(job)}</span>
          </>
        ) : (
          <span className={styles.rowDetail}>
            {time(job.createdAt)}
            {took && t('took', { duration: took })}
          </span>
        )}
      </button>
    </li>
  )
}
