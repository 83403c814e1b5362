import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { api, client } from '../../api/client.ts'
import { failureOf } from '../../api/failure.ts'
import { Button } from '../../ui/Button.tsx'
import { Dialog } from '../../ui/overlays/Dialog.tsx'
import { Field, Input } from '../../ui/Field.tsx'
import { bytes, plural } from '../../../src/core/format.ts'
import { FailureNote } from '../../ui/states.tsx'
import { watchJob } from '../jobs/watch.ts'
import styles from './ModelsPage.module.css'
import { MODEL_KINDS } from './model-words.ts'

/** A model of the hub: first what would be fetched, then, agreed to, the download. */
export function HubDialog({ onClose }: { onClose: () => void }) {
  const [repo, setRepo] = useState('')
  const [revision, setRevision] = useState('main')
  const look = useMutation(api.models.plan.mutationOptions())
  const plan = look.data
  const download = useMutation({
    mutationFn: async () => {
      if (!plan) return
      const { jobId } = await client.models.download({
        repo: plan.repo,
        revision: plan.revision,
        files: plan.files.map(({ path }) => path),
        card: plan.card,
      })
      watchJob(jobId)
      onClose()
    },
  })
  const change = (set: (value: string) => void) => (value: string) => {
    set(value)
    look.reset()
    download.reset()
  }
  const named = repo.trim() !== '' && revision.trim() !== ''
  const submit = () => {
    if (plan) download.mutate()
    else if (named) look.mutate({ repo: repo.trim(), revision: revision.trim() })
  }
  const failed = download.error ?? look.error
  return (
    <Dialog
      title="A model from the hub"
      onClose={onClose}
      onSubmit={submit}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" tone="primary" changes={plan !== undefined} disabled={!named} busy={look.isPending || download.isPending}>
            {plan ? `Download ${bytes(plan.bytes)}` : 'Look it up'}
          </Button>
        </>
      }
    >
      <p>Lookup only lists the files. Nothing is downloaded until you confirm.</p>
      <Field label="Name" hint="OWNER/NAME, with an ONNX export: Xenova/all-MiniLM-L6-v2 for instance.">
        {(props) => <Input {...props} value={repo} onChange={(event) => change(setRepo)(event.target.value)} />}
      </Field>
      <Field label="Revision" hint="A branch, a tag or a commit.">
        {(props) => <Input {...props} value={revision} onChange={(event) => change(setRevision)(event.target.value)} />}
      </Field>
      {plan && (
        <section aria-label="What would be fetched">
          <p role="status">
            {plan.card.kind ? `${MODEL_KINDS[plan.card.kind].label}: ` : ''}
            {plural(plan.files.length, 'file')}, {bytes(plan.bytes)}, at commit <code>{plan.revision.slice(0, 12)}</code>. Each is checked
            against the hub's checksum where it names one.
          </p>
          <ul className={styles.files} tabIndex={0} aria-label="Files">
            {plan.files.map(({ path, bytes: size }) => (
              <li key={path}>
                <span className="mono">{path}</span>
                <span>{bytes(size)}</span>
              </li>
            ))}
          </ul>
        </section>
      )}
      {failed && <FailureNote failure={failureOf(failed)} />}
    </Dialog>
  )
}
