import type { PairFilter } from '../../../src/contract/pairs.ts'
import { PATHS_ARE_CHOSEN, pickFolder } from '../../files/pick.ts'
import { Button } from '../../ui/Button.tsx'
import { Checkbox, Field, Input, Segmented, Select } from '../../ui/Field.tsx'
import { describeFilter } from '../../../src/core/pair-filters.ts'
import styles from './ExportDialog.module.css'
import { EXPORT_FORMATS, type ExportForm, formErrors } from './formats.ts'

/** What a source cannot be called: the choice of what the list shows. */
const SHOWN = ' '

/** Where to, which pairs, and how. */
export function ExportOptions({
  form,
  onChange,
  filter,
  onFilter,
  shown,
  sources,
}: {
  form: ExportForm
  onChange: (part: Partial<ExportForm>) => void
  filter: PairFilter
  onFilter: (filter: PairFilter) => void
  /** The filter of the list that the dialog was opened from, where it limits anything. */
  shown: PairFilter | null
  sources: readonly string[]
}) {
  const errors = formErrors(form)
  const { embeds } = EXPORT_FORMATS[form.format]
  return (
    <div className={styles.options}>
      <Field label="Folder" hint="New or empty, or an earlier export, which is replaced.">
        {(props) => (
          <div className={styles.file}>
            <Input
              {...props}
              data-autofocus
              readOnly={PATHS_ARE_CHOSEN}
              value={form.out}
              onChange={(event) => onChange({ out: event.target.value })}
            />
            <Button
              onClick={async () => {
                const picked = await pickFolder('Export to', 'write')
                if (picked !== null) onChange({ out: picked })
              }}
            >
              Choose…
            </Button>
          </div>
        )}
      </Field>
      <Field label="Pairs">
        {(props) => (
          <Select
            {...props}
            value={filter === shown ? SHOWN : (filter.sources?.[0] ?? '')}
            onChange={(value) => onFilter(value === SHOWN && shown ? shown : value === '' ? {} : { sources: [value] })}
            options={[
              ...(shown ? [{ value: SHOWN, label: `Those in the list: ${describeFilter(shown)}` }] : []),
              { value: '', label: 'All sources' },
              ...sources.map((source) => ({ value: source, label: source })),
            ]}
          />
        )}
      </Field>
      <div className={styles.two}>
        <div className={styles.labelled}>
          <span>Label and texts</span>
          <Segmented
            label="Label and texts"
            value={form.label}
            onChange={(label) => onChange({ label })}
            options={[
              { value: 'current', label: 'Current' },
              { value: 'original', label: 'As imported' },
            ]}
          />
        </div>
        <div className={styles.labelled}>
          <span>Images</span>
          {embeds ? (
            <Segmented
              label="Images"
              value={form.images}
              onChange={(images) => onChange({ images })}
              options={[
                { value: 'copy', label: 'As files' },
                { value: 'embed', label: 'In the records' },
              ]}
            />
          ) : (
            <span className={styles.fixed}>As files beside the records</span>
          )}
        </div>
      </div>
      <Checkbox
        label="Columns of the audit"
        hint="prior_sfc, audit_sfc, weight, quadrant, status, annotators, source and tags beside each pair"
        checked={form.columns}
        onChange={(event) => onChange({ columns: event.target.checked })}
      />
      {form.format === 'csv' && (
        <Checkbox
          label="Guard spreadsheet formulas"
          hint="A single quote before cells that begin with =, +, - or @; Blindfold removes it on import"
          checked={form.guardFormulas}
          onChange={(event) => onChange({ guardFormulas: event.target.checked })}
        />
      )}
      <Checkbox
        label="Include tied and discarded pairs"
        checked={form.includeExcluded}
        onChange={(event) => onChange({ includeExcluded: event.target.checked })}
      />
      <Checkbox
        label="Split again into train and test"
        hint="Groups stay whole: no image or prompt is in both splits"
        checked={form.resplit}
        onChange={(event) => onChange({ resplit: event.target.checked })}
      />
      {form.resplit && (
        <div className={styles.two}>
          <Field label="Test share in %" error={errors.testPercent}>
            {(props) => (
              <Input
                {...props}
                type="number"
                min={1}
                max={90}
                step={1}
                value={form.testPercent}
                onChange={(event) => onChange({ testPercent: event.target.value })}
              />
            )}
          </Field>
          <Field label="Seed" error={errors.seed}>
            {(props) => (
              <Input
                {...props}
                type="number"
                min={0}
                step={1}
                value={form.seed}
                onChange={(event) => onChange({ seed: event.target.value })}
              />
            )}
          </Field>
        </div>
      )}
    </div>
  )
}
