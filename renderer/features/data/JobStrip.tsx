import { Ban, CircleAlert, CircleCheck, RotateCw } from 'lucide-react'
import type { Job } from '../../../src/contract/jobs.ts'
import { Button } from '../../ui/Button.tsx'
import { ProgressBar } from '../../ui/ProgressBar.tsx'
import { FailureNote } from '../../ui/states.tsx'
import { cancelJob, resumeJob } from '../jobs/job-actions.ts'
import { canCancel, progressOf, progressText, shareOf, waitingText } from '../jobs/job-text.ts'
import { words } from '../../words/words.ts'
import styles from './JobStrip.module.css'
import { isLive } from '../../../src/core/vocabulary.ts'

const t = words.jobs

/**
 * A job beside what it works on: its progress with a way to stop it, then how it ended, with a way to go on where there is
 * one; `outcome` puts its result into words.
 */
export function JobStrip({ job, outcome }: { job: Job; outcome: (result: Record<string, unknown>) => string }) {
  const { state } = job
  const kind = t(`kind.${job.kind}`)
  const goOn = job.resumable && (
    <Button size="small" changes icon={RotateCw} onClick={() => void resumeJob(job.id)}>
      {t('resume')}
    </Button>
  )
  if (state.status === 'failed') return <FailureNote failure={state.error} actions={goOn} />
  if (!isLive(job)) {
    const succeeded = state.status === 'succeeded'
    const Mark = succeeded ? CircleCheck : CircleAlert
    return (
      <p className={styles.strip} role="status">
        <Mark size={16} aria-hidden data-tone={succeeded ? undefined : 'quiet'} />
        <span>
          {state.status === 'succeeded'
            ? outcome(state.result)
            : t('ending.other', { title: kind, status: t(`status.${state.status}`).toLowerCase() })}
        </span>
        {goOn}
      </p>
    )
  }
  const progress = progressOf(job)
  return (
    <div className={styles.strip}>
      <span>{progress?.phase ?? kind}</span>
      <ProgressBar value={state.status === 'queued' ? 0 : shareOf(progress)} label={kind} />
      <span className={styles.numbers}>{progressText(progress) || waitingText(job)}</span>
      {canCancel(job) && (
        <Button size="small" icon={Ban} onClick={() => void cancelJob(job.id)}>
          {t('cancel')}
        </Button>
      )}
    </div>
  )
}
