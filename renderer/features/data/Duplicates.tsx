import { useQuery } from '@tanstack/react-query'
import { CopyCheck, RotateCw } from 'lucide-react'
import { Link } from 'wouter'
import type { DuplicateKind } from '../../../src/contract/pairs.ts'
import { api, client } from '../../api/client.ts'
import { CommandButton } from '../../commands/CommandButton.tsx'
import { type Command, useCommands } from '../../commands/registry.ts'
import { pairsPath } from '../../state/pair-query.ts'
import { Badge } from '../../ui/Badge.tsx'
import { count, percent, plural, time } from '../../../src/core/format.ts'
import { EmptyState, ErrorState, Skeleton } from '../../ui/states.tsx'
import { toastError } from '../../ui/overlays/Toast.tsx'
import { DUPLICATE_WORDS } from '../../../src/core/labels.ts'
import styles from './DataPage.module.css'
import { JobStrip } from './JobStrip.tsx'
import { isLive } from '../../../src/core/vocabulary.ts'

/** Why each kind matters, in a sentence. */
const WHY: Record<DuplicateKind, string> = {
  'same-pair': 'Counted twice in training, and a leak where the two are in different splits.',
  'flipped-twin': 'At least one of the two labels is wrong.',
  'near-pair': 'As good as the same pair: counted twice.',
  'same-question': 'Often meant so: several responses to one question.',
  'near-responses': 'Nothing to choose between the two: the label says little.',
}

const KINDS = Object.keys(WHY) as DuplicateKind[]

/** How pairs repeat one another, by kind. Nothing is merged or removed: each kind leads to its pairs. */
export function Duplicates({ pairs }: { pairs: number }) {
  const query = useQuery(api.duplicates.summary.queryOptions())
  const jobs = useQuery(api.jobs.list.queryOptions())
  const running = (jobs.data ?? []).find((job) => job.kind === 'duplicates' && isLive(job))
  const found = query.data?.foundAt ?? null
  const find: Command = {
    id: 'duplicates.find',
    label: found === null ? 'Look for duplicates' : 'Look again',
    keys: ['r'],
    group: 'Duplicates',
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
        {running && <JobStrip job={running} outcome={() => 'Looked for duplicates'} />}
        <EmptyState
          icon={CopyCheck}
          title={pairs === 0 ? 'No pairs yet' : 'Not checked yet'}
          actions={pairs > 0 && <CommandButton command={find} tone="primary" />}
        >
          <p>Finds pairs that occur twice, with the opposite label, or nearly the same. Nothing is removed.</p>
        </EmptyState>
      </>
    )
  }
  const rows = KINDS.map((kind) => query.data.kinds.find((each) => each.kind === kind) ?? { kind, sets: 0, pairs: 0 })
  return (
    <div className={styles.missing}>
      <div className={styles.head}>
        <p>
          Looked for on {time(found)}.{' '}
          {query.data.stale ? <Badge tone="warning">Pairs came or changed since</Badge> : 'Nothing is merged or removed.'}
        </p>
        <CommandButton command={find} tone={query.data.stale ? 'primary' : 'plain'} />
      </div>
      {running && <JobStrip job={running} outcome={() => 'Looked for duplicates'} />}
      <ul className={styles.kinds} aria-label="Kinds of duplicates">
        {rows.map(({ kind, sets, pairs: repeating }) => (
          <li key={kind} data-none={repeating === 0 || undefined}>
            <div className={styles.kind}>
              <h3>{DUPLICATE_WORDS[kind].label}</h3>
              <p>{DUPLICATE_WORDS[kind].meaning}</p>
              <p className={styles.why}>{WHY[kind]}</p>
            </div>
            <div className={styles.amount}>
              <p>
                <strong>{count(repeating)}</strong> {repeating === 1 ? 'pair' : 'pairs'}
                {repeating > 0 && kind !== 'near-responses' && ` in ${plural(sets, 'set')}`}
              </p>
              <span className={styles.track} role="img" aria-label={`${percent(pairs > 0 ? repeating / pairs : 0)} of all pairs`}>
                <span style={{ width: repeating === 0 ? 0 : `max(3px, ${(repeating / Math.max(1, pairs)) * 100}%)` }} />
              </span>
              <p className={styles.why}>{percent(pairs > 0 ? repeating / pairs : 0)} of all pairs</p>
            </div>
            <div className={styles.link}>{repeating > 0 && <Link href={pairsPath({ duplicates: [kind] })}>Show the pairs</Link>}</div>
          </li>
        ))}
      </ul>
    </div>
  )
}
