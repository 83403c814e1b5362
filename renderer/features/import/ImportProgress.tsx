import { useQuery } from '@tanstack/react-query'
import { Ban, CircleCheck, FlaskConical, RotateCw } from 'lucide-react'
import { Link } from 'wouter'
import type { ImportResult } from '../../../src/contract/imports.ts'
import { api } from '../../api/client.ts'
import { openDialog } from '../../state/dialogs.ts'
import { pairsPath } from '../../state/pair-query.ts'
import { Button } from '../../ui/Button.tsx'
import { count } from '../../ui/format.ts'
import { Panel } from '../../ui/Panel.tsx'
import { ProgressBar } from '../../ui/ProgressBar.tsx'
import { Stat } from '../../ui/Stat.tsx'
import { ErrorState, FailureNote, Skeleton } from '../../ui/states.tsx'
import { cancelJob, resumeJob } from '../jobs/actions.ts'
import { canCancel, isLive, progressOf, progressText, shareOf, STATUSES, waitingText } from '../jobs/job-text.ts'
import styles from './ImportPage.module.css'

/** The import while it runs, and what came of it. Leaving the page does not stop it. */
export function ImportProgress({ jobId, source, onAgain }: { jobId: string; source: string; onAgain: () => void }) {
  const query = useQuery(api.jobs.get.queryOptions({ input: { jobId } }))
  if (query.isPending) return <Skeleton />
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />
  const job = query.data
  const { state } = job

  if (isLive(job)) {
    const progress = progressOf(job)
    return (
      <Panel title={progress?.phase ?? STATUSES[state.status].label}>
        <ProgressBar value={shareOf(progress)} label="Import" />
        <div className={styles.running}>
          <span>{progressText(progress) || waitingText(job)}</span>
          {canCancel(job) && (
            <Button icon={Ban} tone="danger" onClick={() => void cancelJob(jobId)}>
              Cancel import
            </Button>
          )}
        </div>
      </Panel>
    )
  }
  if (state.status === 'succeeded') return <Result result={state.result as unknown as ImportResult} source={source} onAgain={onAgain} />
  return (
    <Panel title={`Import ${STATUSES[state.status].label.toLowerCase()}`}>
      {state.status === 'failed' ? <FailureNote failure={state.error} /> : <p>What was imported until then is kept. Importing the file again adds only what is missing.</p>}
      <div className={styles.next}>
        {job.resumable && (
          <Button tone="primary" icon={RotateCw} onClick={() => void resumeJob(jobId)}>
            Resume
          </Button>
        )}
        <Button onClick={onAgain}>Choose another file</Button>
      </div>
    </Panel>
  )
}

function Result({ result, source, onAgain }: { result: ImportResult; source: string; onAgain: () => void }) {
  return (
    <Panel>
      <h2 className={styles.done}>
        <CircleCheck size={18} aria-hidden />
        {result.imported > 0 ? `Imported into “${source}”` : 'Nothing new: these pairs are in the project already'}
      </h2>
      <div className={styles.stats}>
        <Stat label="Records read" value={count(result.records)} />
        <Stat label="Pairs imported" value={count(result.imported)} />
        <Stat label="Already there" value={count(result.skipped)} />
        <Stat label="Images" value={count(result.images)} />
        <Stat label="Quarantined" value={count(result.quarantined)} detail={result.quarantined > 0 && <Link href="/data?tab=quarantine">See why</Link>} />
      </div>
      <div className={styles.next}>
        <Button tone="primary" icon={FlaskConical} onClick={() => openDialog('scan')}>
          Run blind test…
        </Button>
        <Button onClick={onAgain}>Import another file</Button>
        <Link href={pairsPath({ sources: [source] })}>Look at the pairs</Link>
      </div>
    </Panel>
  )
}
