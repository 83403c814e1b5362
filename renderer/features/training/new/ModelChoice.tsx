import { FolderOpen } from 'lucide-react'
import type { OfferedModels } from '../../../../src/contract/training.ts'
import { pickFolder } from '../../../files/pick.ts'
import { Button } from '../../../ui/Button.tsx'
import { classes } from '../../../ui/class-names.ts'
import { Checkbox, Field, Input, Segmented } from '../../../ui/Field.tsx'
import { Panel } from '../../../ui/Panel.tsx'
import styles from './TrainFormView.module.css'
import type { TrainForm, trainFormErrors } from './use-train-form.ts'

const ORIGINS: readonly { value: TrainForm['origin']; label: string; sentence: string }[] = [
  {
    value: 'tiny',
    label: 'Tiny, built in',
    sentence: 'No download; trains in minutes on any computer. For trying the method only: it cannot judge photographs.',
  },
  { value: 'folder', label: 'A folder', sentence: 'A vision-language model on this computer. All but the smallest need a GPU.' },
  {
    value: 'hub',
    label: 'From the hub',
    sentence: 'A vision-language model from huggingface.co. It is downloaded when the run starts, unless it is already here.',
  },
]
const TUNINGS = [
  { value: 'lora', label: 'LoRA', hint: 'Small adapters on the frozen model: little memory, usually as good' },
  { value: 'qlora', label: 'QLoRA', hint: 'The same on a language model in 4 bits: least memory, a little slower; wants an NVIDIA GPU' },
  { value: 'full', label: 'Full', hint: 'All weights of language model and projector: most memory by far' },
] as const

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
    const folder = await pickFolder('Folder with the model')
    if (folder !== null) set({ folder })
  }
  return (
    <Panel title="Model">
      <div className={styles.model}>
        <div role="radiogroup" aria-label="Model" className={styles.methods}>
          {ORIGINS.map(({ value, label, sentence }) => (
            <label key={value} className={classes(styles.method, form.origin === value && styles.chosen)}>
              <input type="radio" name="origin" checked={form.origin === value} onChange={() => set({ origin: value })} />
              <span>
                <strong>{label}</strong>
                <span className={styles.sentence}>{sentence}</span>
              </span>
            </label>
          ))}
        </div>
        {form.origin === 'folder' && (
          <Field
            label="Folder of the model"
            error={form.folder === '' ? null : errors.folder}
            hint="With config.json, weights and processor, as Transformers saves them."
          >
            {(props) => (
              <div className={styles.folder}>
                <Input {...props} list="model-folders" value={form.folder} onChange={(event) => set({ folder: event.target.value })} />
                <datalist id="model-folders">
                  {offered.folders.map((folder) => (
                    <option key={folder} value={folder} />
                  ))}
                </datalist>
                <Button icon={FolderOpen} onClick={() => void choose()}>
                  Choose…
                </Button>
              </div>
            )}
          </Field>
        )}
        {form.origin === 'hub' && (
          <>
            <div className={styles.families} role="group" aria-label="Families that can be trained">
              {offered.families.map(({ name, hub }) => (
                <Button key={hub} size="small" pressed={form.hub === hub} hint={hub} onClick={() => set({ hub, consent: false })}>
                  {name}
                </Button>
              ))}
            </div>
            <div className={styles.two}>
              <Field label="Name on the hub" error={form.hub === '' ? null : errors.hub}>
                {(props) => (
                  <Input
                    {...props}
                    placeholder="OWNER/NAME"
                    value={form.hub}
                    onChange={(event) => set({ hub: event.target.value, consent: false })}
                  />
                )}
              </Field>
              <Field label="Revision">
                {(props) => (
                  <Input
                    {...props}
                    placeholder="newest"
                    value={form.revision}
                    onChange={(event) => set({ revision: event.target.value, consent: false })}
                  />
                )}
              </Field>
            </div>
            <Checkbox
              label="Allow download from huggingface.co"
              hint="From half a gigabyte to many; the run starts once it is here. Nothing of your data is sent."
              checked={form.consent}
              onChange={(event) => set({ consent: event.target.checked })}
            />
          </>
        )}
        {form.origin !== 'tiny' && (
          <Segmented label="What is trained" value={form.tuning} onChange={(tuning) => set({ tuning })} options={TUNINGS} />
        )}
      </div>
    </Panel>
  )
}
