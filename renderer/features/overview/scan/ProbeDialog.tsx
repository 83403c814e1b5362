import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { api, client } from '../../../api/client.ts'
import { failureOf, type ShownFailure } from '../../../api/failure.ts'
import { closeDialog } from '../../../state/dialogs.ts'
import { Button } from '../../../ui/Button.tsx'
import { Dialog } from '../../../ui/overlays/Dialog.tsx'
import { Field, Select } from '../../../ui/Field.tsx'
import { FailureNote } from '../../../ui/states.tsx'
import { showModels } from './ScanDialog.tsx'

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
      title="Probe with images"
      size="small"
      onClose={closeDialog}
      onSubmit={() => void start()}
      footer={
        <>
          <Button onClick={closeDialog}>Cancel</Button>
          <Button type="submit" tone="primary" changes>
            Run probe
          </Button>
        </>
      }
    >
      <p>
        Fits a small, cross-fitted head on frozen image and text features. Its margins give pairs an audit SFC; a grey picture and another
        group's image show how much it looks.
      </p>
      <Field
        label="Model"
        hint={
          towers.length === 0 ? (
            <>
              A CLIP- or SigLIP-style pair of ONNX files sees more than colours and places.{' '}
              <Button size="small" tone="quiet" onClick={showModels}>
                Models…
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
            options={[
              { value: TINY, label: 'Tiny: colours and places, nothing to download' },
              ...towers.map(({ id, name }) => ({ value: id, label: name })),
            ]}
          />
        )}
      </Field>
      {failure && <FailureNote failure={failure} />}
    </Dialog>
  )
}
