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
import { words } from '../../../words/words.ts'
import styles from '../TrainingPage.module.css'
import { isLive } from '../../../../src/core/vocabulary.ts'

const t = words.training

/** In the page's header: that the trainer can run. */
export function EnvironmentBadge() {
  const environment = useQuery(api.training.environment.queryOptions())
  if (environment.data?.status !== 'ready') return null
  return (
    <Badge tone="success" title={t('environment.readyHint', { python: environment.data.python })}>
      {t('environment.ready', { version: environment.data.torch })}
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
          {progress ? t('environment.phase', { phase: progress.phase }) : t('environment.settingUp')}{' '}
          <span className={styles.quiet}>{progressText(progress)}</span>
        </span>
        <ProgressBar value={shareOf(progress)} label={t('environment.progress')} />
        <Link href={`/jobs?job=${encodeURIComponent(making.id)}`}>{t('environment.log')}</Link>
      </div>
    )
  }
  if (environment.isError) return <FailureNote failure={failureOf(environment.error)} />
  if (environment.data?.status === 'absent') {
    return (
      <div className={styles.notice}>
        <span className={styles.noticeText}>
          {t.rich('environment.absent', {
            size: bytes(environment.data.bytesNeeded),
            folder: environment.data.location,
            code: (chunks) => <code>{chunks}</code>,
          })}
        </span>
        <Button changes icon={Download} onClick={prepare}>
          {t('environment.setUp')}
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
            {t('environment.again')}
          </Button>
        }
      />
    )
  }
  return null
}
