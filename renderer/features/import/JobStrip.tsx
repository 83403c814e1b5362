import { Ban, CircleAlert, CircleCheck } from 'lucide-react'
import type { Job } from '../../../src/contract/jobs.ts'
import { Button } from '../../ui/Button.tsx'
import { ProgressBar } from '../../ui/ProgressBar.tsx'
import { FailureNote } from '../../ui/states.tsx'
import { cancelJob } from '../jobs/actions.ts'
import { canCancel, isLive, KINDS, progressOf, progressText, shareOf, STATUSES, waitingText } from '../jobs/job-text.ts'
import styles from './JobStrip.module.css'

/** A job beside what it works on: its progress with a way to stop it, then how it ended; `outcome` puts its result into words. */
export function JobStrip({ job, outcome }: { job: Job; outcome: (result: Record<string, unknown>) => string }) {
  const { state } = job
  if (state.status === 'failed') return <FailureNote failure={state.error} />
  if (!isLive(job)) {
    const Mark = state.status === 'succeeded' ? CircleCheck : CircleAlert
    return (
      <p className={styles.strip} role="status">
        <Mark size={16} aria-hidden />
        <span>
          {state.status === 'succeeded' ? outcome(state.result) : `${KINDS[job.kind]}: ${STATUSES[state.status].label.toLowerCase()}`}
        </span>
      </p>
    )
  }
  const progress = progressOf(job)
  return (
    <div className={styles.strip}>
      <span>{progress?.phase ?? KINDS[job.kind]}</span>
      <ProgressBar value={state.status === 'queued' ? 0 : shareOf(progress)} label={KINDS[job.kind]} />
      <span className={styles.numbers}>{progressText(progress) || waitingText(job)}</span>
      {canCancel(job) && (
        <Button size="small" icon={Ban} onClick={() => void cancelJob(job.id)}>
          Cancel
        </Button>
      )}
    </div>
  )
}
