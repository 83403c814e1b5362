import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { Slice } from '../../../src/contract/curation.ts'
import type { PairFilter } from '../../../src/contract/pairs.ts'
import { api, client, queryClient } from '../../api/client.ts'
import { failureOf, type ShownFailure } from '../../api/failure.ts'
import { Button } from '../../ui/Button.tsx'
import { Dialog } from '../../ui/overlays/Dialog.tsx'
import { Field, Input } from '../../ui/Field.tsx'
import { isolated } from '../../ui/text/direction.ts'
import { FailureNote } from '../../ui/states.tsx'
import { toast } from '../../ui/overlays/Toast.tsx'
import { describeFilter } from '../../../src/core/pair-filters.ts'
import styles from './Curation.module.css'
import { closeCuration } from './dialogs.ts'
import { words } from '../../words/words.ts'

const t = words.curation

const LONGEST_NAME = 100

/** Keeps a filter under a name. A name that is taken gets the new filter, and the dialog says so before. */
export function SaveSliceDialog({ filter }: { filter: PairFilter }) {
  const slices = useQuery(api.slices.list.queryOptions())
  const counted = useQuery(api.pairs.count.queryOptions({ input: { filter } }))
  const shown = () => <FilterText filter={filter} />
  return (
    <NameDialog
      title={t('slice.save')}
      initial=""
      hint={(name) => {
        const taken = slices.data?.find((slice) => slice.name === name)
        return taken && t('slice.replaces', { name, filter: describeFilter(taken.filter) || t('allPairs') })
      }}
      onName={async (name) => {
        await client.slices.save({ name, filter })
        toast(t('slice.saved', { name }))
      }}
    >
      <p className={styles.scope}>
        {counted.data
          ? t.rich('slice.scopeCounted', { count: counted.data.count, b: (chunks) => <strong>{chunks}</strong>, filter: shown })
          : t.rich('slice.scope', { filter: shown })}
      </p>
    </NameDialog>
  )
}

export function RenameSliceDialog({ slice }: { slice: Slice }) {
  return (
    <NameDialog title={t('slice.rename')} initial={slice.name} onName={(name) => client.slices.rename({ id: slice.id, name })}>
      <p className={styles.scope}>
        <FilterText filter={slice.filter} />
      </p>
    </NameDialog>
  )
}

function FilterText({ filter }: { filter: PairFilter }) {
  return <span className={styles.filter}>{isolated(describeFilter(filter)) || t('allPairs')}</span>
}

function NameDialog({
  title,
  initial,
  hint,
  onName,
  children,
}: {
  title: string
  initial: string
  hint?: (name: string) => string | undefined
  onName: (name: string) => Promise<unknown>
  children: React.ReactNode
}) {
  const [name, setName] = useState(initial)
  const [failure, setFailure] = useState<ShownFailure | null>(null)
  const wanted = name.trim()
  const submit = async () => {
    if (wanted === '' || wanted === initial) return
    try {
      await onName(wanted)
      await queryClient.invalidateQueries({ queryKey: api.slices.key() })
      closeCuration()
    } catch (error) {
      setFailure(failureOf(error))
    }
  }
  return (
    <Dialog
      title={title}
      size="small"
      onClose={closeCuration}
      onSubmit={() => void submit()}
      footer={
        <>
          <Button onClick={closeCuration}>{t('cancel')}</Button>
          <Button type="submit" tone="primary" changes disabled={wanted === '' || wanted === initial}>
            {title}
          </Button>
        </>
      }
    >
      {children}
      <Field label={t('slice.name')} hint={hint?.(wanted)}>
        {(props) => <Input {...props} maxLength={LONGEST_NAME} value={name} onChange={(event) => setName(event.target.value)} />}
      </Field>
      {failure && <FailureNote failure={failure} />}
    </Dialog>
  )
}
