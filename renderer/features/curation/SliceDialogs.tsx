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
import { plural } from '../../../src/core/format.ts'
import { FailureNote } from '../../ui/states.tsx'
import { toast } from '../../ui/overlays/Toast.tsx'
import { describeFilter } from '../../../src/core/pair-filters.ts'
import styles from './Curation.module.css'
import { closeCuration } from './dialogs.ts'

const LONGEST_NAME = 100

/** Keeps a filter under a name. A name that is taken gets the new filter, and the dialog says so before. */
export function SaveSliceDialog({ filter }: { filter: PairFilter }) {
  const slices = useQuery(api.slices.list.queryOptions())
  const counted = useQuery(api.pairs.count.queryOptions({ input: { filter } }))
  return (
    <NameDialog
      title="Save as a slice"
      verb="Save"
      initial=""
      hint={(name) => {
        const taken = slices.data?.find((slice) => slice.name === name)
        return taken && `Replaces the filter of “${name}”: ${describeFilter(taken.filter) || 'all pairs'}`
      }}
      onName={async (name) => {
        await client.slices.save({ name, filter })
        toast(`Slice “${name}” saved`)
      }}
    >
      <p className={styles.scope}>
        {counted.data && <strong>{plural(counted.data.count, 'pair')}</strong>} now; the slice updates as the data changes:{' '}
        <span className={styles.filter}>{isolated(describeFilter(filter)) || 'all pairs'}</span>
      </p>
    </NameDialog>
  )
}

export function RenameSliceDialog({ slice }: { slice: Slice }) {
  return (
    <NameDialog title="Rename the slice" verb="Rename" initial={slice.name} onName={(name) => client.slices.rename({ id: slice.id, name })}>
      <p className={styles.scope}>
        <span className={styles.filter}>{isolated(describeFilter(slice.filter)) || 'all pairs'}</span>
      </p>
    </NameDialog>
  )
}

function NameDialog({
  title,
  verb,
  initial,
  hint,
  onName,
  children,
}: {
  title: string
  verb: string
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
          <Button onClick={closeCuration}>Cancel</Button>
          <Button type="submit" tone="primary" changes disabled={wanted === '' || wanted === initial}>
            {verb}
          </Button>
        </>
      }
    >
      {children}
      <Field label="Name" hint={hint?.(wanted)}>
        {(props) => <Input {...props} maxLength={LONGEST_NAME} value={name} onChange={(event) => setName(event.target.value)} />}
      </Field>
      {failure && <FailureNote failure={failure} />}
    </Dialog>
  )
}
