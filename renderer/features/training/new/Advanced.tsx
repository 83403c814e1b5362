import { learningRateOf } from '../../../../src/core/run-label.ts'
import { applies, OPTION_NAMES, optionOf, type NamesOf, type OptionName } from '../../../../src/core/training-options.ts'
import { Checkbox, Field, Input, Select } from '../../../ui/Field.tsx'
import { words } from '../../../words/words.ts'
import styles from './TrainFormView.module.css'
import { kindOf, type TrainForm, type trainFormErrors } from './use-train-form.ts'

type Set = (change: Partial<TrainForm>) => void

/** What most people leave as it is: the options that have a field in their table. */
export function Advanced({ form, set, errors }: { form: TrainForm; set: Set; errors: ReturnType<typeof trainFormErrors> }) {
  const run = kindOf(form)
  const shown = OPTION_NAMES.filter((name) => {
    const row = optionOf(name)
    return row.field && (row.otherwise === 'disabled' || applies(row, run))
  })
  const isToggle = (name: OptionName): name is NamesOf<'toggle'> => optionOf(name).kind === 'toggle'
  return (
    <details className={styles.advanced}>
      <summary>{words.training('form.advanced')}</summary>
      <div className={styles.advancedBody}>
        <div className={styles.two}>
          {shown
            .filter((name) => !isToggle(name))
            .map((name) => (
              <OptionField key={name} name={name} form={form} set={set} error={name in errors ? errors[name as NamesOf<'number'>] : null} />
            ))}
        </div>
        {shown.filter(isToggle).map((name) => {
          const row = optionOf(name)
          const disabled = !applies(row, run) || row.fixed?.(run) === true
          return (
            <Checkbox
              key={name}
              label={row.field?.label}
              hint={row.field?.hint}
              disabled={disabled}
              checked={form[name] && !disabled}
              onChange={(event) => set({ [name]: event.target.checked })}
            />
          )
        })}
      </div>
    </details>
  )
}

/** A number or a choice. */
function OptionField({ name, form, set, error }: { name: OptionName; form: TrainForm; set: Set; error: string | null }) {
  const row = optionOf(name)
  const placeholder = name === 'learningRate' ? String(learningRateOf({ model: form.origin, tuning: form.tuning })) : row.placeholder
  return (
    <Field label={row.field?.label ?? name} hint={row.field?.hint} error={error}>
      {(props) =>
        row.kind === 'choice' ? (
          <Select
            {...props}
            disabled={!applies(row, kindOf(form))}
            value={form[name] as string}
            onChange={(value) => set({ [name]: value })}
            options={Object.entries(row.labels).map(([value, label]) => ({ value, label }))}
          />
        ) : (
          <Input
            {...props}
            inputMode="decimal"
            placeholder={placeholder}
            value={form[name] as string}
            onChange={(event) => set({ [name]: event.target.value })}
          />
        )
      }
    </Field>
  )
}
