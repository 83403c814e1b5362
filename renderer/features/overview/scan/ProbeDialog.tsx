import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { api, client } from '../../../api/client.ts'
import { failureOf, type ShownFailure } from '../../../api/failure.ts'
import { closeDialog } from '../../../state/dialogs.ts'
import { Button } from '../../../ui/Button.tsx'
import { Dialog } from '../../../ui/overlays/Dialog.tsx'
import { Field, Select } from '../../../ui/Field.tsx'
import { FailureNote } from '../../../ui/states.tsx'
import { words } from '../../../words/words.ts'
import { showModels } from './ScanDialog.tsx'

const t = words.overview

const TINY = ''

/** Starts a probe: an image-side reference without any training run. */
export function ProbeDialog() {
  const models = useQuery(api.models.list.queryOptions())
  const [modelId, setModelId] = useState(TINY)
  const [failure, setFailure] = useState<ShownFailure | null>(null)
  const towers = (models.data ?? []).filter(({ kind, problem }) => kind === 'clip' && problem === null)
  const start = async () => {
    try {
      await client.probe.start({ modelId: modelId === TINY ? null : modelId })
      closeDialog()
    } catch (error) {
      setFailure(failureOf(error))
    }
  }
  return (
    <Dialog
      title={t('probe.title')}
      size="small"
      onClose={closeDialog}
      onSubmit={() => void start()}
      footer={
        <>
          <Button onClick={closeDialog}>{t('cancel')}</Button>
          <Button type="submit" tone="primary" changes>
            {t('probe.run')}
          </Button>
        </>
      }
    >
      <p>{t('probe.intro')}</p>
      <Field
        label={t('model')}
        hint={
          towers.length === 0 ? (
            <>
              {t('probe.hint')}{' '}
              <Button size="small" tone="quiet" onClick={showModels}>
                {t('models')}
              </Button>
            </>
          ) : undefined
        }
      >
        {(props) => (
          <Select
            {...props}
            value={modelId}
            onChange={setModelId}
            options={[{ value: TINY, label: t('probe.tiny') }, ...towers.map(({ id, name }) => ({ value: id, label: name }))]}
          />
        )}
      </Field>
      {failure && <FailureNote failure={failure} />}
    </Dialog>
  )
}
