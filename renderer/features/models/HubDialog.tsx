import { useMutation } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { api, client } from '../../api/client.ts'
import { failureOf } from '../../api/failure.ts'
import { Button } from '../../ui/Button.tsx'
import { Dialog } from '../../ui/overlays/Dialog.tsx'
import { Field, Input } from '../../ui/Field.tsx'
import { bytes } from '../../../src/core/format.ts'
import { FailureNote } from '../../ui/states.tsx'
import { watchJob } from '../jobs/watch.ts'
import styles from './ModelsPage.module.css'
import { MODEL_KINDS } from './model-words.ts'
import { words } from '../../words/words.ts'

const t = words.models

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
      title={t('hub.title')}
      onClose={onClose}
      onSubmit={submit}
      footer={
        <>
          <Button onClick={onClose}>{t('hub.cancel')}</Button>
          <Button type="submit" tone="primary" changes={plan !== undefined} disabled={!named} busy={look.isPending || download.isPending}>
            {plan ? t('hub.download', { size: bytes(plan.bytes) }) : t('hub.look')}
          </Button>
        </>
      }
    >
      <p>{t('hub.detail')}</p>
      <Field label={t('hub.name')} hint={t('hub.nameHint')}>
        {(props) => <Input {...props} value={repo} onChange={(event) => change(setRepo)(event.target.value)} />}
      </Field>
      <Field label={t('hub.revision')} hint={t('hub.revisionHint')}>
        {(props) => <Input {...props} value={revision} onChange={(event) => change(setRevision)(event.target.value)} />}
      </Field>
      {plan && (
        <section aria-label={t('hub.plan')}>
          <p role="status">{foundText(plan)}</p>
          <ul className={styles.files} tabIndex={0} aria-label={t('hub.files')}>
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

function foundText({ card, files, bytes: size, revision }: Awaited<ReturnType<typeof client.models.plan>>) {
  const found = {
    count: files.length,
    size: bytes(size),
    commit: revision.slice(0, 12),
    code: (chunks: ReactNode) => <code>{chunks}</code>,
  }
  return card.kind ? t.rich('hub.foundKind', { kind: MODEL_KINDS[card.kind].label, ...found }) : t.rich('hub.found', found)
}
