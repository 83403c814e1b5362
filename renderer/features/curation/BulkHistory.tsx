import { useQuery } from '@tanstack/react-query'
import { History, RotateCw, Undo2 } from 'lucide-react'
import type { BulkEntry } from '../../../src/contract/curation.ts'
import { api } from '../../api/client.ts'
import { Badge } from '../../ui/Badge.tsx'
import { Button } from '../../ui/Button.tsx'
import { Dialog } from '../../ui/overlays/Dialog.tsx'
import { time } from '../../../src/core/format.ts'
import { EmptyState, ErrorState, Skeleton } from '../../ui/states.tsx'
import { resumeJob } from '../jobs/job-actions.ts'
import { undoBulk } from './curation-actions.ts'
import { BULK_STATES, bulkDone } from './bulk-text.ts'
import { isolated } from '../../ui/text/direction.ts'
import styles from './Curation.module.css'
import { closeCuration } from './dialogs.ts'
import { isLive } from '../../../src/core/vocabulary.ts'

/** The bulk actions of the project, the newest first; each can be taken back as a whole. */
export function BulkHistory() {
  const entries = useQuery(api.bulk.list.queryOptions())
  return (
    <Dialog title="Bulk actions" size="large" onClose={closeCuration}>
      {entries.isPending ? (
        <Skeleton label="Loading bulk actions" />
      ) : entries.isError ? (
        <ErrorState error={entries.error} onRetry={() => void entries.refetch()} />
      ) : entries.data.length === 0 ? (
        <EmptyState icon={History} title="No bulk actions yet">
          <p>Bulk actions appear here, and you can undo them.</p>
        </EmptyState>
      ) : (
        <ol className={styles.history} aria-label="Bulk actions">
          {entries.data.map((entry) => (
            <Entry key={entry.id} entry={entry} />
          ))}
        </ol>
      )}
    </Dialog>
  )
}

function Entry({ entry }: { entry: BulkEntry }) {
  const jobs = useQuery(api.jobs.list.queryOptions())
  const job = jobs.data?.find((each) => each.id === entry.jobId)
  const running = job !== undefined && isLive(job)
  const state = BULK_STATES[entry.state]
  return (
    <li className={styles.entry}>
      <div className={styles.entryText}>
        <p>{isolated(bulkDone(entry.action, entry.pairs))}</p>
        <p className={styles.note}>
          <bdi>{entry.annotator}</bdi> · {time(entry.createdAt)}
        </p>
      </div>
      <Badge tone={running ? 'warning' : state.tone}>{running ? 'Running' : state.label}</Badge>
      {entry.state === 'partial' && job?.resumable && (
        <Button size="small" changes icon={RotateCw} onClick={() => void resumeJob(job.id)}>
          Resume
        </Button>
      )}
      {entry.state !== 'undone' && (
        <Button
          size="small"
          changes
          icon={Undo2}
          disabled={running}
          aria-label={`Undo: ${bulkDone(entry.action, entry.pairs)}`}
          hint="Pairs edited since then are left unchanged"
          onClick={() => void undoBulk(entry.id)}
        >
          Undo
        </Button>
      )}
    </li>
  )
}
