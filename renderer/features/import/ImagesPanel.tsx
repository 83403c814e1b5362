import { Globe } from 'lucide-react'
import { useState } from 'react'
import type { ImportPreview } from '../../../src/contract/imports.ts'
import { PATHS_ARE_CHOSEN, pickFolder } from '../../files/pick.ts'
import { Button } from '../../ui/Button.tsx'
import { Field, Input } from '../../ui/Field.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { HostConsent } from './HostConsent.tsx'
import { isComposing } from '../../commands/keys.ts'
import styles from './ImagesPanel.module.css'
import { changeShown, type Choice } from './wizard.ts'

/** Where images are taken from: a folder, and hosts on the web that the user agrees to. */
export function ImagesPanel({ choice, preview }: { choice: Choice; preview: ImportPreview | undefined }) {
  const shown = choice.imagesDir ?? preview?.imagesDir ?? ''
  // From the focus on, what stands there stays: a look at the file that ends now must not put its folder under the caret.
  const [edit, setEdit] = useState<{ before: string; text: string } | null>(null)
  const commit = () => {
    if (edit && edit.text !== edit.before) changeShown({ imagesDir: edit.text.trim() || undefined })
    setEdit(null)
  }
  const choose = async () => {
    const imagesDir = await pickFolder('Folder with the images')
    if (imagesDir !== null) changeShown({ imagesDir })
  }
  return (
    <Panel title="Images">
      <Field label="Images folder" hint="Image paths are relative to this folder; files outside it are never read">
        {(props) => (
          <div className={styles.folder}>
            <Input
              readOnly={PATHS_ARE_CHOSEN}
              {...props}
              value={edit?.text ?? shown}
              title={shown || undefined}
              onFocus={() => setEdit({ before: shown, text: shown })}
              onChange={(event) => setEdit({ before: edit?.before ?? shown, text: event.target.value })}
              onBlur={commit}
              onKeyDown={(event) =>
                event.key === 'Enter' && !isComposing(event.nativeEvent) && !event.ctrlKey && !event.metaKey && commit()
              }
            />
            <Button onClick={() => void choose()}>Choose…</Button>
          </div>
        )}
      </Field>
      {preview && preview.hosts.length > 0 && (
        <section className={styles.web} aria-label="Images on the web">
          <h3>
            <Globe size={15} aria-hidden /> Some images lie on the web
          </h3>
          <HostConsent
            hosts={preview.hosts}
            agreed={choice.fetchHosts}
            onChange={(fetchHosts) => changeShown({ fetchHosts })}
            unit="among the first records"
            otherwise="Without a tick the pairs come in all the same, marked as lacking the image."
          />
        </section>
      )}
    </Panel>
  )
}
