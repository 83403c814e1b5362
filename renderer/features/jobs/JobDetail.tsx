import { Ban, RotateCw } from 'lucide-react'
import type { Job } from '../../../src/contract/jobs.ts'
import { type Command, useCommands } from '../../commands/registry.ts'
import { CommandButton } from '../../commands/CommandButton.tsx'
import { Badge } from '../../ui/Badge.tsx'
import { isolated } from '../../ui/text/direction.ts'
import { time } from '../../../src/core/format.ts'
import { ProgressBar } from '../../ui/ProgressBar.tsx'
import { FailureNote } from '../../ui/states.tsx'
import { cancelJob, resumeJob } from './job-actions.ts'
import { JobLog } from './JobLog.tsx'
import { JobResult } from './JobResult.tsx'
import { canCancel, elapsed, KINDS, progressOf, progressText, shareOf, STATUSES, waitingText } from './job-text.ts'
import styles from './JobsPage.module.css'
import { isLive } from '../../../src/core/vocabulary.ts'

export function JobDetail({ job }: { job: Job }) {
  const { state } = job
  const cancel: Command = {
    id: 'job.cancel',
    label: 'Cancel job',
    keys: ['x'],
    group: 'Job',
    icon: Ban,
    predicate: () => canCancel(job),
    perform: () => cancelJob(job.id),
  }
  const resume: Command = {
    id: 'job.resume',
    label: 'Resume job',
    changes: true,
    keys: ['r'],
    group: 'Job',
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
            {isolated(job.title)} <Badge tone={STATUSES[state.status].tone}>{STATUSES[state.status].label}</Badge>
          </h2>
          <p className={styles.rowDetail}>
            {KINDS[job.kind]} · started {time(state.status === 'queued' ? job.createdAt : (state.startedAt ?? job.createdAt))}
            {took && !isLive(job) && ` · took ${took}`}
          </p>
        </div>
        <div className={styles.actions}>
          {job.resumable && <CommandButton command={resume} />}
          {canCancel(job) && <CommandButton command={cancel} tone="danger" />}
        </div>
      </header>
      {isLive(job) && (
        <div className={styles.progress}>
          <ProgressBar value={state.status === 'queued' ? 0 : shareOf(progress)} label={`Progress of ${job.title}`} />
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
