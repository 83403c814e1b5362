import type { PairFilter } from '../../../src/contract/pairs.ts'
import { PATHS_ARE_CHOSEN, pickFolder } from '../../files/pick.ts'
import { Button } from '../../ui/Button.tsx'
import { Checkbox, Field, Input, Segmented, Select } from '../../ui/Field.tsx'
import { describeFilter } from '../../../src/core/pair-filters.ts'
import styles from './ExportDialog.module.css'
import { EXPORT_FORMATS, type ExportForm, formErrors } from './formats.ts'
import { words } from '../../words/words.ts'

const t = words.export

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
      <Field label={t('options.folder')} hint={t('options.folderHint')}>
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
                const picked = await pickFolder(t('options.folderTitle'), 'write')
                if (picked !== null) onChange({ out: picked })
              }}
            >
              {t('options.choose')}
            </Button>
          </div>
        )}
      </Field>
      <Field label={t('options.pairs')}>
        {(props) => (
          <Select
            {...props}
            value={filter === shown ? SHOWN : (filter.sources?.[0] ?? '')}
            onChange={(value) => onFilter(value === SHOWN && shown ? shown : value === '' ? {} : { sources: [value] })}
            options={[
              ...(shown ? [{ value: SHOWN, label: t('options.listed', { filter: describeFilter(shown) }) }] : []),
              { value: '', label: t('options.allSources') },
              ...sources.map((source) => ({ value: source, label: source })),
            ]}
          />
        )}
      </Field>
      <div className={styles.two}>
        <div className={styles.labelled}>
          <span>{t('options.label')}</span>
          <Segmented
            label={t('options.label')}
            value={form.label}
            onChange={(label) => onChange({ label })}
            options={[
              { value: 'current', label: t('options.current') },
              { value: 'original', label: t('options.original') },
            ]}
          />
        </div>
        <div className={styles.labelled}>
          <span>{t('options.images')}</span>
          {embeds ? (
            <Segmented
              label={t('options.images')}
              value={form.images}
              onChange={(images) => onChange({ images })}
              options={[
                { value: 'copy', label: t('options.copy') },
                { value: 'embed', label: t('options.embed') },
              ]}
            />
          ) : (
            <span className={styles.fixed}>{t('options.copyOnly')}</span>
          )}
        </div>
      </div>
      <Checkbox
        label={t('options.columns')}
        hint={t('options.columnsHint')}
        checked={form.columns}
        onChange={(event) => onChange({ columns: event.target.checked })}
      />
      {form.format === 'csv' && (
        <Checkbox
          label={t('options.guard')}
          hint={t('options.guardHint')}
          checked={form.guardFormulas}
          onChange={(event) => onChange({ guardFormulas: event.target.checked })}
        />
      )}
      <Checkbox
        label={t('options.excluded')}
        checked={form.includeExcluded}
        onChange={(event) => onChange({ includeExcluded: event.target.checked })}
      />
      <Checkbox
        label={t('options.resplit')}
        hint={t('options.resplitHint')}
        checked={form.resplit}
        onChange={(event) => onChange({ resplit: event.target.checked })}
      />
      {form.resplit && (
        <div className={styles.two}>
          <Field label={t('options.testShare')} error={errors.testPercent}>
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
          <Field label={t('options.seed')} error={errors.seed}>
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
