import { useState } from 'react'
import { client } from '../../api/client.ts'
import { failureOf, type ShownFailure } from '../../api/failure.ts'
import { PATHS_ARE_CHOSEN, pickFolder } from '../../files/pick.ts'
import { Button } from '../../ui/Button.tsx'
import { Dialog } from '../../ui/overlays/Dialog.tsx'
import { Field, Input } from '../../ui/Field.tsx'
import { FailureNote } from '../../ui/states.tsx'
import styles from '../import/ImagesPanel.module.css'
import { words } from '../../words/words.ts'

const t = words.data

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
      title={t('retry.title')}
      onClose={onClose}
      onSubmit={() => void start()}
      footer={
        <>
          <Button onClick={onClose}>{t('retry.cancel')}</Button>
          <Button type="submit" tone="primary" changes>
            {t('retry.submit')}
          </Button>
        </>
      }
    >
      <p>{t('retry.detail', { total })}</p>
      <Field label={t('imagesFolder')} hint={t('retry.folderHint')}>
        {(props) => (
          <div className={styles.folder}>
            <Input {...props} readOnly={PATHS_ARE_CHOSEN} value={imagesDir} onChange={(event) => setImagesDir(event.target.value)} />
            <Button
              onClick={async () => {
                const picked = await pickFolder(t('chooseFolderTitle'))
                if (picked !== null) setImagesDir(picked)
              }}
            >
              {t('chooseFolder')}
            </Button>
          </div>
        )}
      </Field>
      {failure && <FailureNote failure={failure} />}
    </Dialog>
  )
}
