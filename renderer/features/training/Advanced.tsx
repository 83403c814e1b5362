import { Checkbox, Field, Input, Select } from '../../ui/Field.tsx'
import { hasBothBranches, learningRateOf } from '../../../src/core/run-label.ts'
import styles from './TrainFormView.module.css'
import type { TrainForm, trainFormErrors } from './use-train-form.ts'

type Typed = 'batchSize' | 'learningRate' | 'tokenBudget' | 'maxPixels' | 'visionCache' | 'sfcExponent' | 'sfcFloor' | 'proxyWarmup'

/** What most people leave as it is, with what it does in plain words. */
export function Advanced({ form, set, errors }: { form: TrainForm; set: (change: Partial<TrainForm>) => void; errors: ReturnType<typeof trainFormErrors> }) {
  const number = (name: Typed, label: string, hint: string, placeholder?: string) => (
    <Field label={label} hint={hint} error={errors[name]}>
      {(props) => <Input {...props} inputMode="decimal" placeholder={placeholder} value={form[name]} onChange={(event) => set({ [name]: event.target.value })} />}
    </Field>
  )
  const vision = form.origin !== 'tiny'
  return (
    <details className={styles.advanced}>
      <summary>Advanced</summary>
      <div className={styles.advancedBody}>
        <div className={styles.two}>
          {number('batchSize', 'Batch size', 'Pairs that one step learns from.')}
          {number('learningRate', 'Learning rate', 'How far a step goes. Too high and the loss jumps.', String(learningRateOf({ model: form.origin, tuning: form.tuning })))}
          {number('tokenBudget', 'Token budget', 'Tokens in one pass. Fewer need less memory, with the same result.', 'automatic')}
          {vision && number('maxPixels', 'Largest image', 'In pixels; what is larger is scaled down. Fewer need less memory.', 'as the model')}
          {vision && form.tuning !== 'full' && number('visionCache', 'Disk for image features, GB', 'Images are then encoded once, not in every epoch; 0 for none.')}
          <Field label="Text branch sees" hint="What stands in for the image there.">
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
          {hasBothBranches(form.method) && number('proxyWarmup', 'Text branch first', 'Epochs in which it learns alone, so that the SFC means something from the start.')}
          {form.method === 'shortcut-aware' && number('sfcExponent', 'Power of the SFC', 'Above 1 discounts shortcuts more, 0 not at all.')}
          {form.method === 'shortcut-aware' && number('sfcFloor', 'Least weight', 'No pair weighs less, however much of a shortcut it is.')}
          <Field label="Weights of the pairs" hint="The audit SFC when the run begins; pairs without one weigh 1. Where no pair has an audit, the prior SFC.">
            {(props) => (
              <Select
                {...props}
                disabled={form.method === 'text-only'}
                value={form.pairWeights}
                onChange={(pairWeights) => set({ pairWeights })}
                options={[
                  { value: 'equal', label: 'All the same' },
                  { value: 'sfc', label: 'Their SFC, over the mean' },
                ]}
              />
            )}
          </Field>
          {vision && (
            <Field label="Number format" hint="Automatic is bfloat16 on a GPU, else float32.">
              {(props) => (
                <Select
                  {...props}
                  value={form.dtype}
                  onChange={(dtype) => set({ dtype })}
                  options={[
                    { value: 'auto', label: 'Automatic' },
                    { value: 'bfloat16', label: 'bfloat16' },
                    { value: 'float32', label: 'float32' },
                  ]}
                />
              )}
            </Field>
          )}
          <Field label="Pairs that cannot be used" hint="Too long, or an image that cannot be read. Each is named.">
            {(props) => (
              <Select
                {...props}
                value={form.unusable}
                onChange={(unusable) => set({ unusable })}
                options={[
                  { value: 'refuse', label: 'Stop the run' },
                  { value: 'leave-out', label: 'Go on without them' },
                ]}
              />
            )}
          </Field>
        </div>
        {vision && (
          <Checkbox
            label="Recompute instead of keeping (gradient checkpointing)"
            hint="Needs much less memory; a step takes about a third longer."
            checked={form.gradientCheckpointing}
            onChange={(event) => set({ gradientCheckpointing: event.target.checked })}
          />
        )}
        {vision && form.method !== 'standard' && (
          <Checkbox
            label="Register its text branch for the blind test"
            hint="As ONNX, about four bytes a parameter on the disk. A branch that sees a blank image cannot be."
            disabled={form.proxyInput === 'blank'}
            checked={form.exportProxy && form.proxyInput !== 'blank'}
            onChange={(event) => set({ exportProxy: event.target.checked })}
          />
        )}
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
