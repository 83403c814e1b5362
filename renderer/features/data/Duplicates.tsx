import { useQuery } from '@tanstack/react-query'
import { CopyCheck, RotateCw } from 'lucide-react'
import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { api, client } from '../../api/client.ts'
import { CommandButton } from '../../commands/CommandButton.tsx'
import { type Command, useCommands } from '../../commands/registry.ts'
import { pairsPath } from '../../state/pair-query.ts'
import { Badge } from '../../ui/Badge.tsx'
import { percent, time } from '../../../src/core/format.ts'
import { EmptyState, ErrorState, Skeleton } from '../../ui/states.tsx'
import { toastError } from '../../ui/overlays/Toast.tsx'
import { DUPLICATE_WORDS } from '../../../src/core/labels.ts'
import styles from './DataPage.module.css'
import { JobStrip } from './JobStrip.tsx'
import { DUPLICATE_KINDS, isLive } from '../../../src/core/vocabulary.ts'
import { words } from '../../words/words.ts'

const t = words.data

const strong = (chunks: ReactNode) => <strong>{chunks}</strong>

/** How pairs repeat one another, by kind. Nothing is merged or removed: each kind leads to its pairs. */
export function Duplicates({ pairs }: { pairs: number }) {
  const query = useQuery(api.duplicates.summary.queryOptions())
  const jobs = useQuery(api.jobs.list.queryOptions())
  const running = (jobs.data ?? []).find((job) => job.kind === 'duplicates' && isLive(job))
  const found = query.data?.foundAt ?? null
  const find: Command = {
    id: 'duplicates.find',
    label: t(found === null ? 'duplicates.find' : 'duplicates.again'),
    keys: ['r'],
    group: t('duplicates.group'),
    icon: RotateCw,
    changes: true,
    predicate: () => !running && pairs > 0,
    perform: async () => {
      await client.duplicates.find().catch((error: unknown) => toastError(error))
    },
  }
  useCommands([find])
  if (query.isPending) return <Skeleton lines={6} />
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />
  if (found === null) {
    return (
      <>
        {running && <JobStrip job={running} outcome={() => t('duplicates.done')} />}
        <EmptyState
          icon={CopyCheck}
          title={t(pairs === 0 ? 'duplicates.noPairs' : 'duplicates.empty')}
          actions={pairs > 0 && <CommandButton command={find} tone="primary" />}
        >
          <p>{t('duplicates.emptyDetail')}</p>
        </EmptyState>
      </>
    )
  }
  const shareOf = (repeating: number) => t('duplicates.share', { share: percent(pairs > 0 ? repeating / pairs : 0) })
  const rows = DUPLICATE_KINDS.map((kind) => query.data.kinds.find((each) => each.kind === kind) ?? { kind, sets: 0, pairs: 0 })
  return (
    <div className={styles.missing}>
      <div className={styles.head}>
        <p>
          {t('duplicates.checked', { time: time(found) })}{' '}
          {query.data.stale ? <Badge tone="warning">{t('duplicates.stale')}</Badge> : t('duplicates.untouched')}
        </p>
        <CommandButton command={find} tone={query.data.stale ? 'primary' : 'plain'} />
      </div>
      {running && <JobStrip job={running} outcome={() => t('duplicates.done')} />}
      <ul className={styles.kinds} aria-label={t('duplicates.kinds')}>
        {rows.map(({ kind, sets, pairs: repeating }) => (
          <li key={kind} data-none={repeating === 0 || undefined}>
            <div className={styles.kind}>
              <h3>{DUPLICATE_WORDS[kind].label}</h3>
              <p>{DUPLICATE_WORDS[kind].meaning}</p>
              <p className={styles.why}>{t(`duplicates.why.${kind}`)}</p>
            </div>
            <div className={styles.amount}>
              <p>
                {repeating > 0 && kind !== 'near-responses'
                  ? t.rich('duplicates.amountInSets', { pairs: repeating, sets, b: strong })
                  : t.rich('duplicates.amount', { pairs: repeating, b: strong })}
              </p>
              <span className={styles.track} role="img" aria-label={shareOf(repeating)}>
                <span style={{ width: repeating === 0 ? 0 : `max(3px, ${(repeating / Math.max(1, pairs)) * 100}%)` }} />
              </span>
              <p className={styles.why}>{shareOf(repeating)}</p>
            </div>
            <div className={styles.link}>
              {repeating > 0 && <Link href={pairsPath({ duplicates: [kind] })}>{t('duplicates.showPairs')}</Link>}
            </div>
          </li>
        ))}
      </ul>
    </div>
  )
}
