import { FolderOpen } from 'lucide-react'
import type { OfferedModels } from '../../../../src/contract/training.ts'
import { TRAINING_OPTIONS } from '../../../../src/core/training-options.ts'
import { TUNINGS } from '../../../../src/core/vocabulary.ts'
import { pickFolder } from '../../../files/pick.ts'
import { Button } from '../../../ui/Button.tsx'
import { classes } from '../../../ui/class-names.ts'
import { Checkbox, Field, Input, Segmented } from '../../../ui/Field.tsx'
import { Panel } from '../../../ui/Panel.tsx'
import { words } from '../../../words/words.ts'
import styles from './TrainFormView.module.css'
import type { TrainForm, trainFormErrors } from './use-train-form.ts'

const t = words.training

const ORIGINS = [
  { value: 'tiny', sentence: 'tinyDetail' },
  { value: 'folder', sentence: 'folderDetail' },
  { value: 'hub', sentence: 'hubDetail' },
] as const
const TUNING_CHOICES = TUNINGS.map((value) => ({
  value,
  label: TRAINING_OPTIONS.tuning.labels[value],
  hint: t(`model.tuningHint.${value}`),
}))

/** Which model learns to reward, where it comes from, and how much of it is trained. */
export function ModelChoice({
  form,
  set,
  errors,
  offered,
}: {
  form: TrainForm
  set: (change: Partial<TrainForm>) => void
  errors: ReturnType<typeof trainFormErrors>
  offered: OfferedModels
}) {
  const choose = async () => {
    const folder = await pickFolder(t('model.folderField'))
    if (folder !== null) set({ folder })
  }
  return (
    <Panel title={t('model.title')}>
      <div className={styles.model}>
        <div role="radiogroup" aria-label={t('model.title')} className={styles.methods}>
          {ORIGINS.map(({ value, sentence }) => (
            <label key={value} className={classes(styles.method, form.origin === value && styles.chosen)}>
              <input type="radio" name="origin" checked={form.origin === value} onChange={() => set({ origin: value })} />
              <span>
                <strong>{t(`model.${value}`)}</strong>
                <span className={styles.sentence}>{t(`model.${sentence}`)}</span>
              </span>
            </label>
          ))}
        </div>
        {form.origin === 'folder' && (
          <Field label={t('model.folderField')} error={form.folder === '' ? null : errors.folder} hint={t('model.folderHint')}>
            {(props) => (
              <div className={styles.folder}>
                <Input {...props} list="model-folders" value={form.folder} onChange={(event) => set({ folder: event.target.value })} />
                <datalist id="model-folders">
                  {offered.folders.map((folder) => (
                    <option key={folder} value={folder} />
                  ))}
                </datalist>
                <Button icon={FolderOpen} onClick={() => void choose()}>
                  {t('model.choose')}
                </Button>
              </div>
            )}
          </Field>
        )}
        {form.origin === 'hub' && (
          <>
            <div className={styles.families} role="group" aria-label={t('model.families')}>
              {offered.families.map(({ name, hub }) => (
                <Button key={hub} size="small" pressed={form.hub === hub} hint={hub} onClick={() => set({ hub, consent: false })}>
                  {name}
                </Button>
              ))}
            </div>
            <div className={styles.two}>
              <Field label={t('model.name')} error={form.hub === '' ? null : errors.hub}>
                {(props) => (
                  <Input
                    {...props}
                    placeholder={t('model.namePlaceholder')}
                    value={form.hub}
                    onChange={(event) => set({ hub: event.target.value, consent: false })}
                  />
                )}
              </Field>
              <Field label={t('model.revision')}>
                {(props) => (
                  <Input
                    {...props}
                    placeholder={t('model.newest')}
                    value={form.revision}
                    onChange={(event) => set({ revision: event.target.value, consent: false })}
                  />
                )}
              </Field>
            </div>
            <Checkbox
              label={t('model.consent')}
              hint={t('model.consentHint')}
              checked={form.consent}
              onChange={(event) => set({ consent: event.target.checked })}
            />
          </>
        )}
        {form.origin !== 'tiny' && (
          <Segmented label={t('model.tuning')} value={form.tuning} onChange={(tuning) => set({ tuning })} options={TUNING_CHOICES} />
        )}
      </div>
    </Panel>
  )
}
