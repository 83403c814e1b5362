import { useState } from 'react'
import type { GivenCard, ModelKind } from '../../../src/contract/models.ts'
import { api, client, queryClient } from '../../api/client.ts'
import { failureOf, type ShownFailure } from '../../api/failure.ts'
import { PATHS_ARE_CHOSEN, pickFolder } from '../../files/pick.ts'
import { Button } from '../../ui/Button.tsx'
import { Dialog } from '../../ui/overlays/Dialog.tsx'
import { Field, Input, Select } from '../../ui/Field.tsx'
import { FailureNote } from '../../ui/states.tsx'
import { toast } from '../../ui/overlays/Toast.tsx'
import styles from './ModelsPage.module.css'
import { MODEL_KINDS } from './model-words.ts'
import { words } from '../../words/words.ts'

const t = words.models

const AUTO = 'auto'
type Pooling = NonNullable<GivenCard['pooling']>

/** Registers a folder with an ONNX model where it lies. What its files do not say can be said here. */
export function FolderDialog({ onClose }: { onClose: () => void }) {
  const [path, setPath] = useState('')
  const [kind, setKind] = useState<ModelKind | typeof AUTO>(AUTO)
  const [pooling, setPooling] = useState<Pooling | typeof AUTO>(AUTO)
  const [failure, setFailure] = useState<ShownFailure | null>(null)
  const [busy, setBusy] = useState(false)
  const choose = async () => {
    const chosen = await pickFolder(t('folder.choosing'))
    if (chosen !== null) setPath(chosen)
  }
  const add = async () => {
    if (path.trim() === '' || busy) return
    setBusy(true)
    setFailure(null)
    try {
      const card: GivenCard = {
        ...(kind !== AUTO && { kind }),
        ...(kind !== 'reward-model' && kind !== 'clip' && pooling !== AUTO && { pooling }),
      }
      const model = await client.models.add({ path: path.trim(), card })
      await queryClient.invalidateQueries({ queryKey: api.models.key() })
      toast(t('folder.added', { name: model.name }), { detail: MODEL_KINDS[model.kind].use })
      onClose()
    } catch (error) {
      setFailure(failureOf(error))
      setBusy(false)
    }
  }
  return (
    <Dialog
      title={t('folder.title')}
      onClose={onClose}
      onSubmit={() => void add()}
      footer={
        <>
          <Button onClick={onClose}>{t('folder.cancel')}</Button>
          <Button type="submit" tone="primary" busy={busy} disabled={path.trim() === ''}>
            {t('folder.add')}
          </Button>
        </>
      }
    >
      <p>{t.rich('folder.detail', { code: (chunks) => <code>{chunks}</code> })}</p>
      <Field label={t('folder.path')}>
        {(props) => (
          <div className={styles.folder}>
            <Input {...props} readOnly={PATHS_ARE_CHOSEN} value={path} onChange={(event) => setPath(event.target.value)} />
            <Button onClick={() => void choose()}>{t('folder.choose')}</Button>
          </div>
        )}
      </Field>
      <Field label={t('folder.kind')} hint={kind === AUTO ? t('folder.detected') : MODEL_KINDS[kind].use}>
        {(props) => (
          <Select
            {...props}
            value={kind}
            onChange={setKind}
            options={[
              { value: AUTO, label: t('folder.automatic') },
              ...(Object.keys(MODEL_KINDS) as ModelKind[]).map((value) => ({ value, label: MODEL_KINDS[value].label })),
            ]}
          />
        )}
      </Field>
      {kind === 'encoder' && (
        <Field label={t('folder.pooling')} hint={t('folder.poolingHint')}>
          {(props) => (
            <Select
              {...props}
              value={pooling}
              onChange={setPooling}
              options={[
                { value: AUTO, label: t('folder.detected') },
                { value: 'mean', label: t('folder.mean') },
                { value: 'cls', label: t('folder.cls') },
                { value: 'last', label: t('folder.last') },
              ]}
            />
          )}
        </Field>
      )}
      {failure && <FailureNote failure={failure} />}
    </Dialog>
  )
}
