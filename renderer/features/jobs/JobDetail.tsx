import { Ban, RotateCw } from 'lucide-react'
import type { Job } from '../../../src/contract/jobs.ts'
import { type Command, useCommands } from '../../commands/registry.ts'
import { CommandButton } from '../../commands/CommandButton.tsx'
import { Badge } from '../../ui/Badge.tsx'
import { isolated } from '../../ui/text/direction.ts'
import { time } from '../../../src/core/format.ts'
import { words } from '../../words/words.ts'
import { ProgressBar } from '../../ui/ProgressBar.tsx'
import { FailureNote } from '../../ui/states.tsx'
import { cancelJob, resumeJob } from './job-actions.ts'
import { JobLog } from './JobLog.tsx'
import { JobResult } from './JobResult.tsx'
import { canCancel, elapsed, progressOf, progressText, shareOf, STATUS_TONES, waitingText } from './job-text.ts'
import styles from './JobsPage.module.css'
import { isLive } from '../../../src/core/vocabulary.ts'

const t = words.jobs

export function JobDetail({ job }: { job: Job }) {
  const { state } = job
  const cancel: Command = {
    id: 'job.cancel',
    label: t('cancel'),
    keys: ['x'],
    group: t('group'),
    icon: Ban,
    predicate: () => canCancel(job),
    perform: () => cancelJob(job.id),
  }
  const resume: Command = {
    id: 'job.resume',
    label: t('resume'),
    changes: true,
    keys: ['r'],
    group: t('group'),
    icon: RotateCw,
    predicate: () => job.resumable,
    perform: () => resumeJob(job.id),
  }
  useCommands([cancel, resume])
  const progress = progressOf(job)
  const took = elapsed(job)

  return (
    <section className={styles.detail} aria-label={job.title}>
      <header className={styles.detailHead}>
        <div>
          <h2>
            {isolated(job.title)} <Badge tone={STATUS_TONES[state.status]}>{t(`status.${state.status}`)}</Badge>
          </h2>
          <p className={styles.rowDetail}>
            {t('started', {
              kind: t(`kind.${job.kind}`),
              time: time(state.status === 'queued' ? job.createdAt : (state.startedAt ?? job.createdAt)),
            })}
            {took && !isLive(job) && t('took', { duration: took })}
          </p>
        </div>
        <div className={styles.actions}>
          {job.resumable && <CommandButton command={resume} />}
          {canCancel(job) && <CommandButton command={cancel} tone="danger" />}
        </div>
      </header>
      {isLive(job) && (
        <div className={styles.progress}>
          <ProgressBar value={state.status === 'queued' ? 0 : shareOf(progress)} label={t('progressOf', { title: job.title })} />
          <span className={styles.rowDetail}>
            {[progress?.phase, progressText(progress)].filter(Boolean).join(' · ') || waitingText(job)}
          </span>
        </div>
      )}
      {state.status === 'failed' && <FailureNote failure={state.error} />}
      {state.status === 'succeeded' && <JobResult job={job} result={state.result} />}
      <JobLog jobId={job.id} />
    </section>
  )
}
