import { useQuery } from '@tanstack/react-query'
import { Ban, RotateCw } from 'lucide-react'
import type { Job } from '../../../src/contract/jobs.ts'
import type { ImportResult } from '../../../src/contract/imports.ts'
import { api } from '../../api/client.ts'
import type { Command } from '../../commands/registry.ts'
import { Button } from '../../ui/Button.tsx'
import { bytes, compactCount, count, duration } from '../../../src/core/format.ts'
import { Panel } from '../../ui/Panel.tsx'
import { ProgressBar } from '../../ui/ProgressBar.tsx'
import { Stat } from '../../ui/charts/Stat.tsx'
import { ErrorState, FailureNote, Skeleton } from '../../ui/states.tsx'
import { cancelJob, resumeJob } from '../jobs/job-actions.ts'
import { canCancel, progressOf, shareOf, waitingText } from '../jobs/job-text.ts'
import { words } from '../../words/words.ts'
import { ImportOutcome, NextSteps } from './ImportOutcome.tsx'
import styles from './ImportRuns.module.css'
import type { Run } from '../import/wizard.ts'
import { fileName } from '../import/import-words.ts'
import { isLive } from '../../../src/core/vocabulary.ts'

const t = words.data

/** The imports while they run, and what came of them. Leaving the page does not stop them. */
export function ImportRuns({ runs, waiting, again }: { runs: readonly Run[]; waiting: number; again: Command }) {
  const jobs = useQuery(api.jobs.list.queryOptions())
  if (jobs.isPending) return <Skeleton />
  if (jobs.isError) return <ErrorState error={jobs.error} onRetry={() => void jobs.refetch()} />
  const shown = runs.map((run) => ({ run, job: jobs.data.find(({ id }) => id === run.jobId) }))
  const results = shown.flatMap(({ job }) => (job?.state.status === 'succeeded' ? [job.state.result as unknown as ImportResult] : []))
  const ended = shown.every(({ job }) => job && !isLive(job))
  return (
    <>
      {shown.map(({ run, job }) =>
        job ? <RunPanel key={run.jobId} run={run} job={job} several={runs.length > 1} /> : <Skeleton key={run.jobId} lines={2} />,
      )}
      {ended && <NextSteps results={results} waiting={waiting} sources={[...new Set(runs.map(({ source }) => source))]} again={again} />}
    </>
  )
}

function RunPanel({ run, job, several }: { run: Run; job: Job; several: boolean }) {
  const { state } = job
  const status = words.jobs(`status.${state.status}`)
  const name = fileName(run.file)
  if (isLive(job)) return <Running job={job} name={name} />
  if (state.status === 'succeeded') return <ImportOutcome result={state.result as unknown as ImportResult} run={run} named={several} />
  return (
    <Panel title={t('run.ended', { name, status: status.toLowerCase() })}>
      {state.status === 'failed' ? <FailureNote failure={state.error} /> : <p>{t('run.kept')}</p>}
      {job.resumable && (
        <div>
          <Button changes icon={RotateCw} onClick={() => void resumeJob(job.id)}>
            {t('run.resume')}
          </Button>
        </div>
      )}
    </Panel>
  )
}

function Running({ job, name }: { job: Job; name: string }) {
  const progress = progressOf(job)
  const status = words.jobs(`status.${job.state.status}`)
  const isBytes = progress?.unit === 'bytes'
  const amount = isBytes ? bytes : count
  const share = job.state.status === 'queued' ? 0 : shareOf(progress)
  return (
    <Panel
      title={name}
      detail={progress?.phase ?? status}
      actions={
        canCancel(job) && (
          <Button icon={Ban} tone="danger" onClick={() => void cancelJob(job.id)}>
            {t('run.cancel')}
          </Button>
        )
      }
    >
      <div className={styles.bar}>
        <ProgressBar value={share} label={t('run.progress', { name })} />
        {share !== null && <span className={styles.share}>{Math.floor(share * 100)}%</span>}
      </div>
      {progress ? (
        <div className={styles.numbers}>
          <Stat
            label={isBytes ? t('run.read') : `${progress.unit[0]?.toUpperCase() ?? ''}${progress.unit.slice(1)}`}
            value={amount(progress.done)}
            detail={progress.total !== null && t('run.of', { total: amount(progress.total) })}
          />
          <Stat
            label={t('run.perSecond')}
            value={progress.rate === null ? '–' : isBytes ? bytes(progress.rate) : compactCount(progress.rate)}
          />
          <Stat
            label={t('run.timeLeft')}
            value={progress.etaSeconds === null ? '–' : duration(progress.etaSeconds)}
            detail={progress.etaSeconds === null && t('run.timeLeftUnknown')}
          />
        </div>
      ) : (
        <p className={styles.waiting}>{waitingText(job)}</p>
      )}
    </Panel>
  )
}
