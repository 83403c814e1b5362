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
import { bulkDone } from './bulk-text.ts'
import { isolated } from '../../ui/text/direction.ts'
import styles from './Curation.module.css'
import { closeCuration } from './dialogs.ts'
import { isLive } from '../../../src/core/vocabulary.ts'
import { words } from '../../words/words.ts'

const t = words.curation

const STATE_TONES = { partial: 'warning', done: 'success', undone: 'neutral' } as const

/** The bulk actions of the project, the newest first; each can be taken back as a whole. */
export function BulkHistory() {
  const entries = useQuery(api.bulk.list.queryOptions())
  return (
    <Dialog title={t('entry.title')} size="large" onClose={closeCuration}>
      {entries.isPending ? (
        <Skeleton label={t('entry.loading')} />
      ) : entries.isError ? (
        <ErrorState error={entries.error} onRetry={() => void entries.refetch()} />
      ) : entries.data.length === 0 ? (
        <EmptyState icon={History} title={t('entry.empty')}>
          <p>{t('entry.emptyDetail')}</p>
        </EmptyState>
      ) : (
        <ol className={styles.history} aria-label={t('entry.title')}>
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
  const state = t(`entry.state.${entry.state}`)
  const done = bulkDone(entry.action, entry.pairs)
  return (
    <li className={styles.entry}>
      <div className={styles.entryText}>
        <p>{isolated(done)}</p>
        <p className={styles.note}>
          <bdi>{entry.annotator}</bdi> · {time(entry.createdAt)}
        </p>
      </div>
      <Badge tone={running ? 'warning' : STATE_TONES[entry.state]}>{running ? t('entry.running') : state}</Badge>
      {entry.state === 'partial' && job?.resumable && (
        <Button size="small" changes icon={RotateCw} onClick={() => void resumeJob(job.id)}>
          {t('entry.resume')}
        </Button>
      )}
      {entry.state !== 'undone' && (
        <Button
          size="small"
          changes
          icon={Undo2}
          disabled={running}
          aria-label={t('entry.undoOf', { action: done })}
          hint={t('entry.undoHint')}
          onClick={() => void undoBulk(entry.id)}
        >
          {t('entry.undo')}
        </Button>
      )}
    </li>
  )
}
