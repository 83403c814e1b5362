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
import { FURTHER_METHODS, methodSentence, USUAL_METHODS } from './methods.ts'
import { Advanced } from './Advanced.tsx'
import { words } from '../../../words/words.ts'
import styles from './TrainFormView.module.css'
import type { TrainForm, trainFormErrors } from './use-train-form.ts'

const t = words.training

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
    <form className={styles.form} aria-label={t('form.title')} onSubmit={(event) => event.preventDefault()}>
      <Panel title={t('method.title')}>
        <div role="radiogroup" aria-label={t('method.title')} className={styles.methods}>
          {[...USUAL_METHODS, ...(further ? FURTHER_METHODS : [])].map((method) => (
            <label key={method} className={classes(styles.method, form.method === method && styles.chosen)}>
              <input type="radio" name="method" checked={form.method === method} onChange={() => set({ method })} />
              <span>
                <strong>{t(`method.label.${method}`)}</strong>
                <span className={styles.sentence}>{methodSentence(method)}</span>
              </span>
            </label>
          ))}
          {!further && (
            <Button size="small" tone="quiet" onClick={() => setFurther(true)}>
              {t('method.more')}
            </Button>
          )}
        </div>
      </Panel>
      <ModelChoice form={form} set={set} errors={errors} offered={offered.data ?? { folders: [], families: [] }} />
      <Panel title={t('form.data')}>
        <Group label={t('form.sources')}>
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
            label={t('form.runs')}
            value={form.apart ? 'apart' : 'together'}
            onChange={(value) => set({ apart: value === 'apart' })}
            options={[
              { value: 'together', label: t('form.together'), hint: t('form.togetherHint') },
              {
                value: 'apart',
                label: t('form.apart', { count: chosen.length }),
                hint: t('form.apartHint'),
              },
            ]}
          />
        )}
        {splits.length > 1 && (
          <Group label={t('form.splits')}>
            {splits.map((split) => (
              <Checkbox
                key={split}
                checked={(form.splits ?? splits).includes(split)}
                onChange={() => {
                  const next = toggled(form.splits ?? splits, split)
                  set({ splits: next.length === splits.length || next.length === 0 ? null : next })
                }}
                label={<bdi>{split || t('noSplit')}</bdi>}
              />
            ))}
          </Group>
        )}
        <Group label={t('form.labels')} error={errors.statuses}>
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
        <p className={styles.note}>{t('form.excluded')}</p>
      </Panel>
      <Panel title={t('form.training')}>
        <div className={styles.numbers}>
          {number('epochs', t('form.epochs'))}
          {number('seed', t('form.seed'))}
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
