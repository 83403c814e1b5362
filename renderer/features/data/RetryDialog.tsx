import { useState } from 'react'
import { client } from '../../api/client.ts'
import { failureOf, type ShownFailure } from '../../api/failure.ts'
import { PATHS_ARE_CHOSEN, pickFolder } from '../../files/pick.ts'
import { Button } from '../../ui/Button.tsx'
import { Dialog } from '../../ui/overlays/Dialog.tsx'
import { Field, Input } from '../../ui/Field.tsx'
import { plural } from '../../../src/core/format.ts'
import { FailureNote } from '../../ui/states.tsx'
import styles from '../import/ImagesPanel.module.css'

/** Reads the quarantined records again from their files, optionally with another image folder. */
export function RetryDialog({ total, onClose }: { total: number; onClose: () => void }) {
  const [imagesDir, setImagesDir] = useState('')
  const [failure, setFailure] = useState<ShownFailure | null>(null)
  const start = async () => {
    try {
      await client.imports.retryQuarantine({ imagesDir: imagesDir.trim() || undefined })
      onClose()
    } catch (error) {
      setFailure(failureOf(error))
    }
  }
  return (
    <Dialog
      title="Retry quarantined records"
      onClose={onClose}
      onSubmit={() => void start()}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" tone="primary" changes>
            Try again
          </Button>
        </>
      }
    >
      <p>{plural(total, 'record')} will be read again. Valid ones are imported; the others stay here.</p>
      <Field label="Images folder" hint="Leave it empty to use the one of the import.">
        {(props) => (
          <div className={styles.folder}>
            <Input {...props} readOnly={PATHS_ARE_CHOSEN} value={imagesDir} onChange={(event) => setImagesDir(event.target.value)} />
            <Button
              onClick={async () => {
                const picked = await pickFolder('Folder with the images')
                if (picked !== null) setImagesDir(picked)
              }}
            >
              Choose…
            </Button>
          </div>
        )}
      </Field>
      {failure && <FailureNote failure={failure} />}
    </Dialog>
  )
}
