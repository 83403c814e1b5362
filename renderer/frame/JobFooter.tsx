import { useQuery } from '@tanstack/react-query'
import { X } from 'lucide-react'
import { useEffect, useRef } from 'react'
import { Link } from 'wouter'
import type { Job } from '../../src/contract/jobs.ts'
import { api } from '../api/client.ts'
import { cancelJob } from '../features/jobs/job-actions.ts'
import { tellEnding } from '../features/jobs/endings.ts'
import { canCancel, progressOf, progressText, shareOf } from '../features/jobs/job-text.ts'
import { words } from '../words/words.ts'
import { unwatchJob, useWatched } from '../features/jobs/watch.ts'
import { IconButton } from '../ui/Button.tsx'
import { ProgressBar } from '../ui/ProgressBar.tsx'
import { isolated } from '../ui/text/direction.ts'
import styles from './JobFooter.module.css'
import { isLive } from '../../src/core/vocabulary.ts'

const t = words.frame

/** What runs now, on every page: phase, progress, rate, time left, cancel. */
export function JobFooter() {
  const jobs = useQuery(api.jobs.list.queryOptions())
  useEndings(jobs.data)
  const live = (jobs.data ?? []).filter(isLive)
  const shown = live.find((job) => job.state.status !== 'queued') ?? live[0]
  const interrupted = (jobs.data ?? []).filter((job) => job.state.status === 'interrupted' && job.resumable).length

  return (
    <footer className={styles.footer} aria-label={t('jobs.label')}>
      {shown ? (
        <>
          <Link href="/jobs" className={styles.title}>
            {isolated(shown.title)}
          </Link>
          <span className={styles.phase}>{progressOf(shown)?.phase ?? words.jobs(`status.${shown.state.status}`)}</span>
          <div className={styles.progress}>
            <ProgressBar value={shown.state.status === 'queued' ? 0 : shareOf(progressOf(shown))} label={shown.title} />
          </div>
          <span className={styles.numbers}>{progressText(progressOf(shown))}</span>
          {canCancel(shown) && (
            <IconButton label={t('jobs.cancel', { title: shown.title })} icon={X} size="small" onClick={() => void cancelJob(shown.id)} />
          )}
          {live.length > 1 && <Link href="/jobs">{t('jobs.more', { count: live.length - 1 })}</Link>}
        </>
      ) : (
        <>
          <span className={styles.idle}>{t('jobs.idle')}</span>
          {interrupted > 0 && <Link href="/jobs">{t('jobs.interrupted', { count: interrupted })}</Link>}
        </>
      )}
    </footer>
  )
}

/** Says when a job that this window started, or saw running, has ended. */
function useEndings(jobs: Job[] | undefined): void {
  const running = useRef(new Set<string>())
  const watched = useWatched((state) => state.ids)
  useEffect(() => {
    for (const job of jobs ?? []) {
      if (isLive(job)) running.current.add(job.id)
      else if (running.current.delete(job.id) || watched.has(job.id)) {
        unwatchJob(job.id)
        tellEnding(job)
      }
    }
  }, [jobs, watched])
}
