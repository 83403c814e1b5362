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
import { words } from '../../words/words.ts'

const t = words.import

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
    const imagesDir = await pickFolder(t('picker.images'))
    if (imagesDir !== null) changeShown({ imagesDir })
  }
  return (
    <Panel title={t('images.title')}>
      <Field label={t('images.folder')} hint={t('images.folderHint')}>
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
            <Button onClick={() => void choose()}>{t('images.choose')}</Button>
          </div>
        )}
      </Field>
      {preview && preview.hosts.length > 0 && (
        <section className={styles.web} aria-label={t('images.web')}>
          <h3>
            <Globe size={15} aria-hidden /> {t('images.web')}
          </h3>
          <HostConsent
            hosts={preview.hosts}
            agreed={choice.fetchHosts}
            onChange={(fetchHosts) => changeShown({ fetchHosts })}
            beforeImport
          />
        </section>
      )}
    </Panel>
  )
}
