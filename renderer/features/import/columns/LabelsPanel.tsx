import { useId } from 'react'
import type { ImportPreview } from '../../../../src/contract/imports.ts'
import { Badge } from '../../../ui/Badge.tsx'
import { Button } from '../../../ui/Button.tsx'
import { Select } from '../../../ui/Field.tsx'
import { count, plural } from '../../../../src/core/format.ts'
import { Panel } from '../../../ui/Panel.tsx'
import { canSetEach, inWords, type Labels, type LabelValues, type Meaning, valuesText, withMeaning } from './labels.ts'
import styles from './LabelsPanel.module.css'
import { changeShown } from '../wizard.ts'

/**
 * What the values of the label mean, counted over the whole file: a question where several conventions fit, else what was understood. Each
 * value can be given another meaning.
 */
export function LabelsPanel({ labels, told }: { labels: Labels; told: LabelValues | null }) {
  const set = (values: LabelValues | null) => changeShown({ labels: values })
  const asked = labels.options.length > 1
  return (
    <Panel
      title="Labels"
      detail={
        labels.values !== null
          ? `What the values of the column ${labels.column} mean.`
          : labels.asked.length > 0
            ? `Choose what each value of the column ${labels.column} means.`
            : `The column ${labels.column} can be read in more than one way: choose one.`
      }
      actions={
        told !== null && (
          <Button size="small" onClick={() => set(null)}>
            Reset labels
          </Button>
        )
      }
    >
      {asked && <Conventions labels={labels} now={told ?? labels.values} onChoose={set} />}
      <div className={styles.scroller} tabIndex={0} role="group" aria-label="Values of the label">
        <table className={styles.values}>
          <thead>
            <tr>
              <th scope="col">Value</th>
              <th scope="col" className={styles.number}>
                Records
              </th>
              <th scope="col">Read as</th>
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
      {labels.more > 0 && <p className={styles.note}>and {plural(labels.more, 'more value', 'more values')}</p>}
      {labels.absent > 0 && <p className={styles.note}>{plural(labels.absent, 'record')} without a label would be quarantined.</p>}
    </Panel>
  )
}

function Conventions({ labels, now, onChoose }: { labels: Labels; now: LabelValues | null; onChoose: (values: LabelValues) => void }) {
  const name = useId()
  const chosen = now === null ? null : valuesText(now)
  return (
    <fieldset className={styles.options}>
      <legend>What do the labels mean?</legend>
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
  const words: Record<Meaning, string> = {
    first: `${labels.first} is better`,
    second: `${labels.second} is better`,
    tie: 'Tie',
    none: 'Quarantine',
  }
  if (!canSetEach(labels)) return meaning === 'none' ? <Badge tone="warning">{words.none}</Badge> : <span dir="auto">{words[meaning]}</span>
  return (
    <Select<Meaning>
      aria-label={`Meaning of ${value}`}
      value={meaning}
      onChange={onChange}
      options={(['first', 'second', 'tie', 'none'] as const).map((each) => ({
        value: each,
        label: each === 'none' && labels.values === null ? 'Not chosen yet' : words[each],
      }))}
    />
  )
}

/** Whether a file waits for somebody to say what its labels mean. */
export const isAsked = (preview: ImportPreview): boolean => preview.label !== null && preview.label.values === null
