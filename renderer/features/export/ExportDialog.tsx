import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { ProjectInfo } from '../../../src/contract/projects.ts'
import { api, client } from '../../api/client.ts'
import { failureOf, type ShownFailure } from '../../api/failure.ts'
import { pickSave } from '../../files/pick.ts'
import { closeDialog, useDialogs } from '../../state/dialogs.ts'
import { Button } from '../../ui/Button.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { Checkbox, Field, Input, Select } from '../../ui/Field.tsx'
import { plural } from '../../ui/format.ts'
import { FailureNote } from '../../ui/states.tsx'
import { describeFilter } from '../pairs/filter-text.ts'
import styles from './ExportDialog.module.css'

const EXCLUDED = ['tied', 'discarded'] as const
/** No source has an empty name with a space: the choice of what the list shows. */
const SHOWN = ' '

/** Writes pairs as TRL JSONL with their images beside it. */
export function ExportDialog({ project }: { project: ProjectInfo }) {
  const [out, setOut] = useState(() => project.path.replace(/\.blindfold[\\/]?$/, '.trl.jsonl'))
  const shown = useDialogs((state) => state.exportFilter)
  const words = describeFilter(shown)
  const [source, setSource] = useState(words ? SHOWN : '')
  const [includeExcluded, setIncludeExcluded] = useState(false)
  const [failure, setFailure] = useState<ShownFailure | null>(null)
  const filter = source === SHOWN ? shown : source ? { sources: [source] } : {}
  const all = useQuery(api.pairs.count.queryOptions({ input: { filter } }))
  const statuses = EXCLUDED.filter((status) => !filter.statuses?.length || filter.statuses.includes(status))
  const counted = useQuery(api.pairs.count.queryOptions({ input: { filter: { ...filter, statuses } }, enabled: statuses.length > 0 }))
  const excluded = statuses.length > 0 ? counted.data?.count : 0
  const total = all.data && excluded !== undefined ? all.data.count - (includeExcluded ? 0 : excluded) : null

  const start = async () => {
    try {
      await client.exports.start({ format: 'trl', out: out.trim(), filter, includeExcluded })
      closeDialog()
    } catch (error) {
      setFailure(failureOf(error))
    }
  }
  return (
    <Dialog
      title="Export"
      onClose={closeDialog}
      onSubmit={() => void start()}
      footer={
        <>
          {total !== null && <span className={styles.total}>{plural(total, 'pair')}</span>}
          <Button onClick={closeDialog}>Cancel</Button>
          <Button type="submit" tone="primary" disabled={!out.trim() || total === 0}>
            Export
          </Button>
        </>
      }
    >
      <Field label="File" hint="TRL preference JSONL; the images are written into a folder beside it.">
        {(props) => (
          <div className={styles.file}>
            <Input {...props} value={out} onChange={(event) => setOut(event.target.value)} />
            <Button
              onClick={async () => {
                const picked = await pickSave({ title: 'Export as', suggested: out, filters: [{ name: 'JSONL', extensions: ['jsonl'] }] })
                if (picked !== null) setOut(picked)
              }}
            >
              Choose…
            </Button>
          </div>
        )}
      </Field>
      <Field label="Pairs">
        {(props) => (
          <Select
            {...props}
            value={source}
            onChange={setSource}
            options={[...(words ? [{ value: SHOWN, label: `Those in the list: ${words}` }] : []), { value: '', label: 'All sources' }, ...project.sources.map((each) => ({ value: each.name, label: each.name }))]}
          />
        )}
      </Field>
      <Checkbox
        label="Include tied and discarded pairs"
        hint={excluded !== undefined ? `${plural(excluded, 'such pair')} in this choice` : undefined}
        checked={includeExcluded}
        onChange={(event) => setIncludeExcluded(event.target.checked)}
      />
      {failure && <FailureNote failure={failure} />}
    </Dialog>
  )
}
