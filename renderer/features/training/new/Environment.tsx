import { useQuery } from '@tanstack/react-query'
import { Download, RotateCw } from 'lucide-react'
import { Link } from 'wouter'
import { api, client } from '../../../api/client.ts'
import { failureOf } from '../../../api/failure.ts'
import { Badge } from '../../../ui/Badge.tsx'
import { Button } from '../../../ui/Button.tsx'
import { bytes } from '../../../../src/core/format.ts'
import { ProgressBar } from '../../../ui/ProgressBar.tsx'
import { FailureNote } from '../../../ui/states.tsx'
import { toastError } from '../../../ui/overlays/Toast.tsx'
import { progressOf, progressText, shareOf } from '../../jobs/job-text.ts'
import styles from '../TrainingPage.module.css'
import { isLive } from '../../../../src/core/vocabulary.ts'

/** In the page's header: that the trainer can run. */
export function EnvironmentBadge() {
  const environment = useQuery(api.training.environment.queryOptions())
  if (environment.data?.status !== 'ready') return null
  return (
    <Badge tone="success" title={`The trainer's own Python environment is complete: ${environment.data.python}`}>
      Trainer ready · PyTorch {environment.data.torch}
    </Badge>
  )
}

/** What keeps the trainer from running, and the way out; nothing where it can run. */
export function EnvironmentNotice() {
  const environment = useQuery(api.training.environment.queryOptions())
  const jobs = useQuery(api.jobs.list.queryOptions())
  const making = (jobs.data ?? []).find((job) => job.kind === 'environment' && isLive(job))
  const prepare = () => void client.training.prepare().catch((error: unknown) => toastError(error))
  if (making) {
    const progress = progressOf(making)
    return (
      <div className={styles.notice} role="status">
        <span className={styles.noticeText}>
          Setting up the trainer's Python environment{progress && `: ${progress.phase}`}{' '}
          <span className={styles.quiet}>{progressText(progress)}</span>
        </span>
        <ProgressBar value={shareOf(progress)} label="Setting up the Python environment" />
        <Link href={`/jobs?job=${encodeURIComponent(making.id)}`}>Log</Link>
      </div>
    )
  }
  if (environment.isError) return <FailureNote failure={failureOf(environment.error)} />
  if (environment.data?.status === 'absent') {
    return (
      <div className={styles.notice}>
        <span className={styles.noticeText}>
          The trainer's Python environment is not there yet. The first run makes it; that takes about {bytes(environment.data.bytesNeeded)}{' '}
          in <code>{environment.data.location}</code>.
        </span>
        <Button changes icon={Download} onClick={prepare}>
          Set up now
        </Button>
      </div>
    )
  }
  if (environment.data?.status === 'broken') {
    return (
      <FailureNote
        failure={environment.data}
        actions={
          <Button changes icon={RotateCw} onClick={prepare}>
            Set up again
          </Button>
        }
      />
    )
  }
  return null
}
