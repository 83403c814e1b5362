import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { api } from '../../api/client.ts'
import type { ShownFailure } from '../../api/failure.ts'
import { PATHS_ARE_CHOSEN, pickFolder } from '../../files/pick.ts'
import { closeDialog } from '../../state/dialogs.ts'
import { Button } from '../../ui/Button.tsx'
import { Dialog } from '../../ui/overlays/Dialog.tsx'
import { Field, Input } from '../../ui/Field.tsx'
import { FailureNote } from '../../ui/states.tsx'
import { createProject } from './project-actions.ts'
import styles from './NewProjectDialog.module.css'
import { words } from '../../words/words.ts'

const t = words.projects

/**
 * Asks for name and folder, and makes the project. `onCreated` goes on where the project is then open, such as with
 * writing the demo data.
 */
export function NewProjectDialog({
  title = t('new.title'),
  verb = t('new.create'),
  suggested = '',
  ready = true,
  onCreated,
  children,
}: {
  title?: string
  verb?: string
  suggested?: string
  /** False while `children` hold something that cannot be used. */
  ready?: boolean
  onCreated?: () => Promise<void>
  children?: ReactNode
}) {
  const home = useQuery(api.projects.defaultFolder.queryOptions())
  const [name, setName] = useState(suggested)
  const [chosen, setChosen] = useState<string | null>(null)
  const [failure, setFailure] = useState<ShownFailure | null>(null)
  const [busy, setBusy] = useState(false)
  const folder = chosen ?? home.data?.path ?? ''
  const separator = folder.includes('\\') ? '\\' : '/'
  const trimmed = name.trim().replace(/\.blindfold$/, '')
  const path = `${folder.replace(/[\\/]$/, '')}${separator}${trimmed}.blindfold`
  const bad = /[\\/:*?"<>|]/.test(trimmed) ? t('new.nameError', { characters: '\\ / : * ? " < > |' }) : null

  const create = async () => {
    if (!trimmed || bad || !folder || !ready || busy) return
    setBusy(true)
    const refused = await createProject(path)
    setFailure(refused)
    if (!refused) await onCreated?.()
    setBusy(false)
  }
  return (
    <Dialog
      title={title}
      onClose={closeDialog}
      onSubmit={() => void create()}
      footer={
        <>
          <Button onClick={closeDialog}>{t('new.cancel')}</Button>
          <Button type="submit" tone="primary" busy={busy} disabled={!trimmed || bad !== null || !folder || !ready}>
            {verb}
          </Button>
        </>
      }
    >
      <Field label={t('new.name')} error={bad}>
        {(props) => <Input {...props} value={name} placeholder={t('new.nameExample')} onChange={(event) => setName(event.target.value)} />}
      </Field>
      <Field label={t('new.folder')} hint={trimmed && folder ? <span className="mono">{path}</span> : t('new.folderHint')}>
        {(props) => (
          <div className={styles.folder}>
            <Input {...props} readOnly={PATHS_ARE_CHOSEN} value={folder} onChange={(event) => setChosen(event.target.value)} />
            <Button
              onClick={async () => {
                const picked = await pickFolder(t('new.folderTitle'), 'write')
                if (picked !== null) setChosen(picked)
              }}
            >
              {t('new.choose')}
            </Button>
          </div>
        )}
      </Field>
      {children}
      {failure && <FailureNote failure={failure} />}
    </Dialog>
  )
}
