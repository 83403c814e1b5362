import { useQuery } from '@tanstack/react-query'
import { CircleCheck, Copy } from 'lucide-react'
import type { ExportFormat } from '../../../src/contract/exports.ts'
import type { Job } from '../../../src/contract/jobs.ts'
import { api } from '../../api/client.ts'
import { closeDialog } from '../../state/dialogs.ts'
import { Button } from '../../ui/Button.tsx'
import { Dialog } from '../../ui/overlays/Dialog.tsx'
import { ProgressBar } from '../../ui/ProgressBar.tsx'
import { ErrorState, FailureNote } from '../../ui/states.tsx'
import { cancelJob } from '../jobs/job-actions.ts'
import { canCancel, progressOf, progressText, shareOf, waitingText } from '../jobs/job-text.ts'
import { words } from '../../words/words.ts'
import { copyText } from './copy.ts'
import styles from './ExportDialog.module.css'
import { isLive } from '../../../src/core/vocabulary.ts'

const t = words.export

/** The export while it is written and when it is there. Closing the dialog leaves the job alone. */
export function ExportProgress({ jobId, format, onBack }: { jobId: string; format: ExportFormat; onBack: () => void }) {
  const jobs = useQuery(api.jobs.get.queryOptions({ input: { jobId } }))
  const job = jobs.data
  return (
    <Dialog
      title={t('progress.title')}
      onClose={closeDialog}
      footer={
        <>
          {job && canCancel(job) && <Button onClick={() => void cancelJob(jobId)}>{t('progress.cancel')}</Button>}
          {job && !isLive(job) && job.state.status !== 'succeeded' && <Button onClick={onBack}>{t('progress.back')}</Button>}
          <Button tone="primary" data-autofocus onClick={closeDialog}>
            {t('progress.close')}
          </Button>
        </>
      }
    >
      {jobs.isError ? <ErrorState error={jobs.error} onRetry={() => void jobs.refetch()} /> : job && <State job={job} format={format} />}
    </Dialog>
  )
}

function State({ job, format }: { job: Job; format: ExportFormat }) {
  const { state } = job
  if (isLive(job)) {
    const progress = progressOf(job)
    return (
      <div className={styles.progress} role="status">
        <p>{[progress?.phase, progressText(progress)].filter(Boolean).join(' · ') || waitingText(job)}</p>
        <ProgressBar value={state.status === 'queued' ? 0 : shareOf(progress)} label={job.title} />
      </div>
    )
  }
  if (state.status === 'failed') return <FailureNote failure={state.error} />
  if (state.status !== 'succeeded') return <p role="status">{t('progress.stopped', { status: words.jobs(`status.${state.status}`) })}</p>
  const { pairs, images, out } = state.result
  return (
    <div className={styles.written} role="status">
      <p className={styles.done}>
        <CircleCheck size={16} aria-hidden data-good />
        {t('progress.done', { pairs: Number(pairs), images: Number(images), format: t(`formats.${format}.label`) })}
      </p>
      <div className={styles.path}>
        <code dir="auto">{String(out)}</code>
        <Button size="small" icon={Copy} onClick={() => void copyText(String(out))}>
          {t('progress.copyPath')}
        </Button>
      </div>
      <p className={styles.sentence}>{t('progress.contents')}</p>
    </div>
  )
}
