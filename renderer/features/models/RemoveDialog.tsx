import { useState } from 'react'
import type { Model } from '../../../src/contract/models.ts'
import { api, client, queryClient } from '../../api/client.ts'
import { failureOf, type ShownFailure } from '../../api/failure.ts'
import { Button } from '../../ui/Button.tsx'
import { Dialog } from '../../ui/overlays/Dialog.tsx'
import { bytes } from '../../../src/core/format.ts'
import { FailureNote } from '../../ui/states.tsx'
import { ownsFiles } from './model-words.ts'
import { words } from '../../words/words.ts'

const t = words.models

/** Asks before a model is forgotten, for what was fetched or built goes with it. */
export function RemoveDialog({ model, onClose }: { model: Model; onClose: () => void }) {
  const owned = ownsFiles(model)
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
      title={owned ? t('remove.titleDelete', model) : t('remove.title', model)}
      size="small"
      onClose={onClose}
      onSubmit={() => void remove()}
      footer={
        <>
          <Button onClick={onClose}>{t('remove.cancel')}</Button>
          <Button type="submit" tone="danger">
            {owned ? t('remove.delete', { size: bytes(model.bytes) }) : t('remove.remove')}
          </Button>
        </>
      }
    >
      <p>{t(owned ? 'remove.detailDelete' : 'remove.detail')}</p>
      {failure && <FailureNote failure={failure} />}
    </Dialog>
  )
}
