import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { ProjectInfo } from '../../../../src/contract/projects.ts'
import { USABLE_STATUSES } from '../../../../src/core/vocabulary.ts'
import { api } from '../../../api/client.ts'
import { Button } from '../../../ui/Button.tsx'
import { classes } from '../../../ui/class-names.ts'
import { Checkbox, Field, Input, Segmented } from '../../../ui/Field.tsx'
import { count } from '../../../../src/core/format.ts'
import { Panel } from '../../../ui/Panel.tsx'
import { STATUS_LABELS } from '../../../../src/core/labels.ts'
import { ModelChoice } from './ModelChoice.tsx'
import { FURTHER_METHODS, METHODS, USUAL_METHODS } from './methods.ts'
import { Advanced } from './Advanced.tsx'
import styles from './TrainFormView.module.css'
import type { TrainForm, trainFormErrors } from './use-train-form.ts'

/** Everything a run can be asked for. What most people leave as it is stands under "Advanced". */
export function TrainFormView({
  form,
  set,
  errors,
  project,
  splits,
}: {
  form: TrainForm
  set: (change: Partial<TrainForm>) => void
  errors: ReturnType<typeof trainFormErrors>
  project: ProjectInfo
  /** The splits of the project that may be trained on. */
  splits: readonly string[]
}) {
  const offered = useQuery(api.training.models.queryOptions())
  const [further, setFurther] = useState(FURTHER_METHODS.includes(form.method))
  const sources = project.sources.map((source) => source.name)
  const chosen = form.sources ?? sources
  const number = (name: 'seed' | 'epochs', label: string) => (
    <Field label={label} error={errors[name]}>
      {(props) => <Input {...props} inputMode="decimal" value={form[name]} onChange={(event) => set({ [name]: event.target.value })} />}
    </Field>
  )
  return (
    <form className={styles.form} aria-label="New run" onSubmit={(event) => event.preventDefault()}>
      <Panel title="Method">
        <div role="radiogroup" aria-label="Method" className={styles.methods}>
          {[...USUAL_METHODS, ...(further ? FURTHER_METHODS : [])].map((method) => (
            <label key={method} className={classes(styles.method, form.method === method && styles.chosen)}>
              <input type="radio" name="method" checked={form.method === method} onChange={() => set({ method })} />
              <span>
                <strong>{METHODS[method].label}</strong>
                <span className={styles.sentence}>{METHODS[method].sentence}</span>
              </span>
            </label>
          ))}
          {!further && (
            <Button size="small" tone="quiet" onClick={() => setFurther(true)}>
              Methods to compare with…
            </Button>
          )}
        </div>
      </Panel>
      <ModelChoice form={form} set={set} errors={errors} offered={offered.data ?? { folders: [], families: [] }} />
      <Panel title="Data">
        <Group label="Sources">
          {project.sources.map((source) => (
            <Checkbox
              key={source.name}
              checked={chosen.includes(source.name)}
              onChange={() => {
                const next = toggled(chosen, source.name)
                set({ sources: next.length === sources.length ? null : next })
              }}
              label={
                <span className={styles.option}>
                  <bdi>{source.name}</bdi>
                  <span className={styles.count}>{count(source.pairs)}</span>
                </span>
              }
            />
          ))}
        </Group>
        {chosen.length > 1 && (
          <Segmented
            label="Runs"
            value={form.apart ? 'apart' : 'together'}
            onChange={(value) => set({ apart: value === 'apart' })}
            options={[
              { value: 'together', label: 'One run on all', hint: 'The sources are trained on together' },
              {
                value: 'apart',
                label: `One run on each (${chosen.length})`,
                hint: 'One run per source, as the cross-distribution matrix compares them',
              },
            ]}
          />
        )}
        {splits.length > 1 && (
          <Group label="Splits">
            {splits.map((split) => (
              <Checkbox
                key={split}
                checked={(form.splits ?? splits).includes(split)}
                onChange={() => {
                  const next = toggled(form.splits ?? splits, split)
                  set({ splits: next.length === splits.length || next.length === 0 ? null : next })
                }}
                label={<bdi>{split || 'no split'}</bdi>}
              />
            ))}
          </Group>
        )}
        <Group label="Labels" error={errors.statuses}>
          <div className={styles.inline}>
            {USABLE_STATUSES.map((status) => (
              <Checkbox
                key={status}
                checked={form.statuses.includes(status)}
                onChange={() => set({ statuses: USABLE_STATUSES.filter((each) => (each === status) !== form.statuses.includes(each)) })}
                label={STATUS_LABELS[status]}
              />
            ))}
          </div>
        </Group>
        <p className={styles.note}>Excludes tied and discarded pairs, and pairs that share a group with a test pair.</p>
      </Panel>
      <Panel title="Training">
        <div className={styles.numbers}>
          {number('epochs', 'Epochs')}
          {number('seed', 'Seed')}
        </div>
        <Advanced form={form} set={set} errors={errors} />
      </Panel>
    </form>
  )
}

function Group({ label, error, children }: { label: string; error?: string | null; children: React.ReactNode }) {
  return (
    <fieldset className={styles.group}>
      <legend>{label}</legend>
      {children}
      {error && (
        <p role="alert" className={styles.error}>
          {error}
        </p>
      )}
    </fieldset>
  )
}

const toggled = (values: readonly string[], value: string): string[] =>
  values.includes(value) ? values.filter((other) => other !== value) : [...values, value]
