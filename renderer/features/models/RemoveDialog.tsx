import { useState } from 'react'
import type { Model } from '../../../src/contract/models.ts'
import { api, client, queryClient } from '../../api/client.ts'
import { failureOf, type ShownFailure } from '../../api/failure.ts'
import { Button } from '../../ui/Button.tsx'
import { Dialog } from '../../ui/overlays/Dialog.tsx'
import { bytes } from '../../../src/core/format.ts'
import { FailureNote } from '../../ui/states.tsx'
import { ownsFiles } from './model-words.ts'

/** Asks before a model is forgotten, for what was fetched or built goes with it. */
export function RemoveDialog({ model, onClose }: { model: Model; onClose: () => void }) {
  const [failure, setFailure] = useState<ShownFailure | null>(null)
  const remove = async () => {
    try {
      await client.models.remove({ modelId: model.id })
      await queryClient.invalidateQueries({ queryKey: api.models.key() })
      onClose()
    } catch (error) {
      setFailure(failureOf(error))
    }
  }
  return (
    <Dialog
      title={`Remove ${model.name}?`}
      size="small"
      onClose={onClose}
      onSubmit={() => void remove()}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" tone="danger">
            {ownsFiles(model) ? `Delete ${bytes(model.bytes)}` : 'Remove'}
          </Button>
        </>
      }
    >
      <p>
        {ownsFiles(model) ? 'Its files are deleted.' : 'Its folder stays as it is.'} Scores that it gave stay too; what-if and word heat of
        such a scan need the model.
      </p>
      {failure && <FailureNote failure={failure} />}
    </Dialog>
  )
}
