import { Checkbox, Field, Input, Select } from '../../ui/Field.tsx'
import styles from './TrainFormView.module.css'
import type { TrainForm, trainFormErrors } from './use-train-form.ts'

/** What most people leave as it is, with what it does in plain words. */
export function Advanced({ form, set, errors }: {
  form: TrainForm
  set: (change: Partial<TrainForm>) => void
  errors: ReturnType<typeof trainFormErrors>
}) {
  const number = (name: 'batchSize' | 'learningRate', label: string, hint: string) => (
    <Field label={label} hint={hint} error={errors[name]}>
      {(props) => <Input {...props} inputMode="decimal" value={form[name]} onChange={(event) => set({ [name]: event.target.value })} />}
    </Field>
  )
  return (
    <details className={styles.advanced}>
      <summary>Advanced</summary>
      <div className={styles.advancedBody}>
        <div className={styles.two}>
          {number('batchSize', 'Batch size', 'Pairs that one step learns from.')}
          {number('learningRate', 'Learning rate', 'How far a step goes. Too high, and the loss jumps.')}
        </div>
        <Field label="Text branch sees" hint="What stands in for the image in the branch that is not to see it. Standard has no such branch.">
          {(props) => (
            <Select
              {...props}
              disabled={form.method === 'standard'}
              value={form.proxyInput}
              onChange={(proxyInput) => set({ proxyInput })}
              options={[
                { value: 'drop', label: 'No image' },
                { value: 'blank', label: 'A blank image' },
              ]}
            />
          )}
        </Field>
        <Checkbox
          label="Normalise the SFC in every batch"
          hint="Divides the weights by their mean, so that the size of a step does not depend on them. Shortcut-aware only."
          disabled={form.method !== 'shortcut-aware'}
          checked={form.method === 'shortcut-aware' && form.sfcNormalise}
          onChange={(event) => set({ sfcNormalise: event.target.checked })}
        />
      </div>
    </details>
  )
}
