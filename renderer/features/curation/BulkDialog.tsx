import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useId, useState } from 'react'
import type { BulkAction } from '../../../src/contract/curation.ts'
import { api } from '../../api/client.ts'
import { failureOf, type ShownFailure } from '../../api/failure.ts'
import { Button } from '../../ui/Button.tsx'
import { Dialog } from '../../ui/overlays/Dialog.tsx'
import { Field, Input } from '../../ui/Field.tsx'
import { ErrorState, FailureNote } from '../../ui/states.tsx'
import { describeFilter } from '../../../src/core/pair-filters.ts'
import { LONGEST_TAG } from '../../../src/core/vocabulary.ts'
import { startBulk } from './curation-actions.ts'
import { bulkTitle } from './bulk-text.ts'
import { isolated } from '../../ui/text/direction.ts'
import styles from './Curation.module.css'
import { type BulkScope, closeCuration } from './dialogs.ts'
import { words } from '../../words/words.ts'

const t = words.curation

const strong = (chunks: ReactNode) => <strong>{chunks}</strong>

/** Asks once more before many pairs change: which, how many, and to what. The count that is shown is the one that is sent. */
export function BulkDialog({ action, scope, onStarted }: { action: BulkAction['action']; scope: BulkScope; onStarted: () => void }) {
  const facets = useQuery(api.pairs.facets.queryOptions())
  const counted = useQuery(api.pairs.count.queryOptions({ input: { filter: scope.filter } }))
  const [value, setValue] = useState(() => (action === 'untag' ? (scope.filter.tags?.[0] ?? '') : ''))
  const [failure, setFailure] = useState<ShownFailure | null>(null)
  const [busy, setBusy] = useState(false)
  const listId = useId()
  const change = changeOf(action, value)
  const count = counted.data?.count ?? null
  const filter = describeFilter(scope.filter)
  const title = t(`bulk.title.${action}`)

  const start = async () => {
    if (!change || count === null || count === 0 || busy) return
    setBusy(true)
    try {
      await startBulk(scope.filter, change, count)
      onStarted()
      closeCuration()
    } catch (error) {
      setFailure(failureOf(error))
      void counted.refetch()
    } finally {
      setBusy(false)
    }
  }
  return (
    <Dialog
      title={title}
      onClose={closeCuration}
      onSubmit={() => void start()}
      footer={
        <>
          <Button onClick={closeCuration}>{t('cancel')}</Button>
          <Button
            type="submit"
            tone={action === 'discard' ? 'danger' : 'primary'}
            disabled={!change || !count}
            busy={busy}
            data-autofocus={action === 'discard' || undefined}
          >
            {count === null ? t('bulk.counting') : change ? bulkTitle(change, count) : title}
          </Button>
        </>
      }
    >
      {counted.isError ? (
        <ErrorState error={counted.error} onRetry={() => void counted.refetch()} />
      ) : (
        <p className={styles.scope}>
          {count === null
            ? t('bulk.counting')
            : scope.kind === 'selected'
              ? t.rich('bulk.scopeSelected', { count, b: strong })
              : filter
                ? t.rich('bulk.scopeFilter', { count, b: strong, filter: () => <span className={styles.filter}>{isolated(filter)}</span> })
                : t.rich('bulk.scopeProject', { count, b: strong })}
        </p>
      )}
      {(action === 'tag' || action === 'untag') && (
        <Field label={t('bulk.tag')}>
          {(props) => (
            <Input {...props} list={listId} maxLength={LONGEST_TAG} value={value} onChange={(event) => setValue(event.target.value)} />
          )}
        </Field>
      )}
      {action === 'set-split' && (
        <Field label={t('bulk.split')} hint={t('bulk.splitHint')}>
          {(props) => <Input {...props} list={listId} maxLength={100} value={value} onChange={(event) => setValue(event.target.value)} />}
        </Field>
      )}
      <datalist id={listId}>
        {(action === 'set-split' ? facets.data?.splits : facets.data?.tags)
          ?.filter((each) => each.value !== '')
          .map((each) => (
            <option key={each.value} value={each.value} />
          ))}
      </datalist>
      <p className={styles.note}>
        {t(`bulk.meaning.${action}`)} {t('bulk.undoable')}
      </p>
      {failure && <FailureNote failure={failure} />}
    </Dialog>
  )
}

/** The change that is asked for, or null while it is not said fully. */
function changeOf(action: BulkAction['action'], value: string): BulkAction | null {
  const text = value.trim()
  if (action === 'discard') return { action }
  if (action === 'set-split') return { action, split: text }
  return text === '' ? null : { action, tag: text }
}
