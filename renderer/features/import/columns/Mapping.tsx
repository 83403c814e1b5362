import type { ImportPreview } from '../../../../src/contract/imports.ts'
import { Badge } from '../../../ui/Badge.tsx'
import { Field, Segmented, Select } from '../../../ui/Field.tsx'
import { Panel } from '../../../ui/Panel.tsx'
import type { LabelValues } from './labels.ts'
import {
  assign,
  completeMap,
  draftFrom,
  isNeeded,
  type MapDraft,
  mapText,
  missingRoles,
  type Role,
  roleOf,
  ROLES,
  rolesOf,
  type Shape,
} from './mapping.ts'
import styles from './Mapping.module.css'
import { SavedMaps } from './SavedMaps.tsx'
import { changeShown } from '../wizard.ts'
import { words } from '../../../words/words.ts'

const t = words.import

/** Which columns hold what: a choice a role, beside the columns with an example each. The preview below follows. */
export function Mapping({ draft, labels, detected }: { draft: MapDraft; labels: LabelValues | null; detected: ImportPreview }) {
  const { columns, suggestedLoss } = detected
  // Another label has values of its own.
  const change = (next: MapDraft, told = next.columns.label === draft.columns.label ? labels : null) =>
    changeShown({ format: 'mapped', draft: next, labels: told })
  const map = completeMap(draft)
  const guess = completeMap(draftFrom(detected.suggestedMap))
  const suggested = map !== null && guess !== null && mapText(map) === mapText(guess)
  const missing = missingRoles(draft)
  return (
    <Panel
      title={t('map.title')}
      detail={t(detected.format === null ? 'map.detailUnknown' : 'map.detail')}
      actions={<SavedMaps draft={draft} labels={labels} columns={columns} onUse={change} />}
    >
      <Segmented<Shape>
        label={t('map.shape')}
        value={draft.shape}
        onChange={(shape) => change({ ...draft, shape })}
        options={[
          { value: 'named', label: t('map.named') },
          { value: 'judged', label: t('map.judged') },
        ]}
      />
      <div className={styles.roles}>
        {rolesOf(draft.shape).map((role) => (
          <RoleField key={role} role={role} draft={draft} columns={columns} onChange={change} />
        ))}
      </div>
      {suggested && suggestedLoss && missing.length === 0 && (
        <p role="status" className={styles.tried}>
          {suggestedLoss.lost === 0 ? t('map.readsAll', { records: suggestedLoss.records }) : t('map.loses', suggestedLoss)}
        </p>
      )}
      {missing.length > 0 && (
        <p role="status" className={styles.missing}>
          {t('map.missing', { roles: missing.map((role) => ROLES[role].label.toLowerCase()).join(', ') })}
        </p>
      )}
      <div className={styles.scroller} tabIndex={0} role="group" aria-label={t('map.columns')}>
        <table className={styles.columns}>
          <thead>
            <tr>
              <th scope="col">{t('map.column')}</th>
              <th scope="col">{t('map.usedAs')}</th>
              <th scope="col">{t('map.kind')}</th>
              <th scope="col">{t('map.example')}</th>
            </tr>
          </thead>
          <tbody>
            {columns.map(({ column, kind, example }) => {
              const role = roleOf(draft, column)
              return (
                <tr key={column} data-used={role !== undefined || undefined}>
                  <td>
                    <code dir="auto">{column}</code>
                  </td>
                  <td>{role && <Badge tone={role === 'chosen' || role === 'rejected' ? role : 'accent'}>{ROLES[role].label}</Badge>}</td>
                  <td>{kind}</td>
                  <td dir="auto" title={example}>
                    {example}
                  </td>
                </tr>
              )
            })}
          </tbody>
        </table>
      </div>
    </Panel>
  )
}

function RoleField({
  role,
  draft,
  columns,
  onChange,
}: {
  role: Role
  draft: MapDraft
  columns: ImportPreview['columns']
  onChange: (draft: MapDraft) => void
}) {
  const needed = isNeeded(draft.shape, role)
  const value = draft.columns[role] ?? ''
  const absent = value !== '' && !columns.some(({ column }) => column === value)
  return (
    <Field
      label={needed ? ROLES[role].label : t('map.optional', { role: ROLES[role].label })}
      hint={ROLES[role].hint}
      error={absent ? t('map.absent') : null}
    >
      {(props) => (
        <Select
          {...props}
          value={value}
          onChange={(column) => onChange(assign(draft, role, column))}
          options={[
            { value: '', label: t(needed ? 'map.choose' : 'map.none') },
            ...(absent ? [{ value, label: value }] : []),
            ...columns.map(({ column }) => ({ value: column, label: column })),
          ]}
        />
      )}
    </Field>
  )
}
