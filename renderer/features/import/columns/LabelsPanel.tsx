import { useId } from 'react'
import type { ImportPreview } from '../../../../src/contract/imports.ts'
import { Badge } from '../../../ui/Badge.tsx'
import { Button } from '../../../ui/Button.tsx'
import { Select } from '../../../ui/Field.tsx'
import { count } from '../../../../src/core/format.ts'
import { Panel } from '../../../ui/Panel.tsx'
import { canSetEach, inWords, type Labels, type LabelValues, type Meaning, valuesText, withMeaning } from './labels.ts'
import styles from './LabelsPanel.module.css'
import { changeShown } from '../wizard.ts'
import { words } from '../../../words/words.ts'

const t = words.import

/**
 * What the values of the label mean, counted over the whole file: a question where several conventions fit, else what was understood. Each
 * value can be given another meaning.
 */
export function LabelsPanel({ labels, told }: { labels: Labels; told: LabelValues | null }) {
  const set = (values: LabelValues | null) => changeShown({ labels: values })
  const asked = labels.options.length > 1
  return (
    <Panel
      title={t('labels.title')}
      detail={
        labels.values !== null
          ? t('labels.understood', { column: labels.column })
          : labels.asked.length > 0
            ? t('labels.askEach', { column: labels.column })
            : t('labels.askWay', { column: labels.column })
      }
      actions={
        told !== null && (
          <Button size="small" onClick={() => set(null)}>
            {t('labels.reset')}
          </Button>
        )
      }
    >
      {asked && <Conventions labels={labels} now={told ?? labels.values} onChoose={set} />}
      <div className={styles.scroller} tabIndex={0} role="group" aria-label={t('labels.values')}>
        <table className={styles.values}>
          <thead>
            <tr>
              <th scope="col">{t('labels.value')}</th>
              <th scope="col" className={styles.number}>
                {t('labels.records')}
              </th>
              <th scope="col">{t('labels.meaning')}</th>
            </tr>
          </thead>
          <tbody>
            {labels.counts.map(({ value, count: records, says }) => (
              <tr key={value}>
                <td>
                  <code dir="auto">{value}</code>
                </td>
                <td className={styles.number}>{count(records)}</td>
                <td>
                  <ReadAs
                    value={value}
                    meaning={told?.[value] ?? says ?? 'none'}
                    labels={labels}
                    onChange={(meaning) => set(withMeaning(labels, value, meaning))}
                  />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {labels.more > 0 && <p className={styles.note}>{t('labels.more', { count: labels.more })}</p>}
      {labels.absent > 0 && <p className={styles.note}>{t('labels.absent', { count: labels.absent })}</p>}
    </Panel>
  )
}

function Conventions({ labels, now, onChoose }: { labels: Labels; now: LabelValues | null; onChoose: (values: LabelValues) => void }) {
  const name = useId()
  const chosen = now === null ? null : valuesText(now)
  return (
    <fieldset className={styles.options}>
      <legend>{t('labels.conventions')}</legend>
      {labels.options.map((option) => (
        <label key={valuesText(option)} className={styles.option} data-chosen={valuesText(option) === chosen || undefined}>
          <input type="radio" name={name} checked={valuesText(option) === chosen} onChange={() => onChoose(option)} />
          <span dir="auto">{inWords(option, labels)}</span>
        </label>
      ))}
    </fieldset>
  )
}

function ReadAs({
  value,
  meaning,
  labels,
  onChange,
}: {
  value: string
  meaning: Meaning
  labels: Labels
  onChange: (meaning: Meaning) => void
}) {
  const meanings: Record<Meaning, string> = {
    first: t('labels.better', { response: labels.first }),
    second: t('labels.better', { response: labels.second }),
    tie: t('labels.tie'),
    none: t('labels.none'),
  }
  if (!canSetEach(labels))
    return meaning === 'none' ? <Badge tone="warning">{meanings.none}</Badge> : <span dir="auto">{meanings[meaning]}</span>
  return (
    <Select<Meaning>
      aria-label={t('labels.meaningOf', { value })}
      value={meaning}
      onChange={onChange}
      options={(['first', 'second', 'tie', 'none'] as const).map((each) => ({
        value: each,
        label: each === 'none' && labels.values === null ? t('labels.notChosen') : meanings[each],
      }))}
    />
  )
}

/** Whether a file waits for somebody to say what its labels mean. */
export const isAsked = (preview: ImportPreview): boolean => preview.label !== null && preview.label.values === null
