import { Ban, CircleAlert, CircleCheck } from 'lucide-react'
import type { Job } from '../../../src/contract/jobs.ts'
import { Button } from '../../ui/Button.tsx'
import { count } from '../../ui/format.ts'
import { ProgressBar } from '../../ui/ProgressBar.tsx'
import { FailureNote } from '../../ui/states.tsx'
import { cancelJob } from '../jobs/actions.ts'
import { canCancel, isLive, KINDS, progressOf, progressText, shareOf, STATUSES, waitingText } from '../jobs/job-text.ts'
import styles from './JobStrip.module.css'

/** A job beside what it works on: its progress with a way to stop it, then how it ended. */
export function JobStrip({ job }: { job: Job }) {
  const { state } = job
  if (state.status === 'failed') return <FailureNote failure={state.error} />
  if (!isLive(job)) {
    const numbers = state.status === 'succeeded' ? Object.entries(state.result).flatMap(([key, value]) => (typeof value === 'number' ? [`${words(key)}: ${count(value)}`] : [])) : []
    const Mark = state.status === 'succeeded' ? CircleCheck : CircleAlert
    return (
      <p className={styles.strip} role="status">
        <Mark size={16} aria-hidden />
        <span>
          {KINDS[job.kind]}: {STATUSES[state.status].label.toLowerCase()}
          {numbers.length > 0 && ` · ${numbers.join(' · ')}`}
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

/** `stillMissing` as `still missing`. */
const words = (key: string): string => key.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
