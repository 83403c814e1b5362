import type { Estimate } from '../../../src/contract/base.ts'
import type { EvaluationReport } from '../../../src/contract/training.ts'
import { GLOSSARY } from '../../../src/core/glossary.ts'
import { fixed, percent, percentInterval } from '../../../src/core/format.ts'
import { IntervalAxis, IntervalBar } from '../../ui/charts/IntervalBar.tsx'
import { Legend } from '../../ui/charts/Legend.tsx'
import { METHOD_TOKENS } from '../training/new/methods.ts'
import { words } from '../../words/words.ts'
import styles from './EvaluationPage.module.css'

const t = words.evaluation

const IID = 'var(--accent)'
const OOD = 'var(--rejected)'

/** Averages by method: on the sources trained on, on the others, and how far the model falls where the text shortcut breaks. */
export function SummaryTable({ summary }: { summary: EvaluationReport['summary'] }) {
  const lows = summary.flatMap((row) => [row.iid, row.ood].flatMap((estimate) => (estimate ? [estimate.low] : [])))
  const low = Math.max(0, Math.floor((Math.min(0.5, ...lows) - 0.02) * 10) / 10)
  const sfds = summary.flatMap((row) => (row.sfd ? [row.sfd.low, row.sfd.high] : []))
  const reach = Math.max(20, Math.ceil(Math.max(0, ...sfds.map(Math.abs)) / 20) * 20)
  const ticks = [0, 0.2, 0.4, 0.5, 0.6, 0.8, 1].filter((tick) => tick >= low && (tick !== 0.5 || low >= 0.3))
  return (
    <>
      <table className={styles.summary} aria-label={t('summary.title')}>
        <thead>
          <tr>
            <th scope="col">{t('summary.method')}</th>
            <th scope="col" data-align="end">
              {GLOSSARY.iid.term}
            </th>
            <th scope="col" data-align="end">
              {GLOSSARY.ood.term}
            </th>
            <th scope="col" className={styles.plot}>
              <Legend
                items={[
                  { label: GLOSSARY.iid.term, color: IID, shape: 'dot' },
                  { label: GLOSSARY.ood.term, color: OOD, shape: 'diamond' },
                ]}
              />
            </th>
            <th scope="col" data-align="end" title={GLOSSARY.sfd.short}>
              {GLOSSARY.sfd.term}
            </th>
            <th scope="col" className={styles.sfdPlot}>
              {t('summary.sfdAxis', { points: reach })}
            </th>
            <th scope="col" data-align="end">
              {t('summary.runs')}
            </th>
          </tr>
        </thead>
        <tbody>
          {summary.map((row) => (
            <tr key={row.label}>
              <th scope="row">
                <span className={styles.swatch} style={{ background: `var(${METHOD_TOKENS[row.method]})` }} aria-hidden />
                {row.label}
              </th>
              <td data-align="end">
                <Rate estimate={row.iid} />
              </td>
              <td data-align="end">
                <Rate estimate={row.ood} />
              </td>
              <td className={styles.plot}>
                <IntervalBar
                  label={row.label}
                  low={low}
                  marks={[
                    ...(row.iid ? [{ label: GLOSSARY.iid.term, estimate: row.iid, color: IID }] : []),
                    ...(row.ood ? [{ label: GLOSSARY.ood.term, estimate: row.ood, color: OOD, shape: 'diamond' as const }] : []),
                  ]}
                />
              </td>
              <td data-align="end">
                {row.sfd ? (
                  <>
                    <strong>{fixed(row.sfd.value, 1)}</strong>
                    <span className={styles.interval}>
                      {t('summary.interval', { low: fixed(row.sfd.low, 1), high: fixed(row.sfd.high, 1) })}
                    </span>
                  </>
                ) : (
                  '–'
                )}
              </td>
              <td className={styles.sfdPlot}>
                {row.sfd && (
                  <IntervalBar
                    label={t('summary.sfdOf', { method: row.label })}
                    low={-reach / 100}
                    high={reach / 100}
                    reference={0}
                    marks={[{ label: GLOSSARY.sfd.term, estimate: asShare(row.sfd), color: 'var(--ink-2)', shape: 'square' }]}
                  />
                )}
              </td>
              <td data-align="end">{row.runs}</td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <td colSpan={3} />
            <td className={styles.plot}>
              <IntervalAxis low={low} ticks={ticks} />
            </td>
            <td colSpan={3} />
          </tr>
        </tfoot>
      </table>
    </>
  )
}

const asShare = ({ value, low, high }: Estimate): Estimate => ({ value: value / 100, low: low / 100, high: high / 100 })

function Rate({ estimate }: { estimate: Estimate | null }) {
  if (!estimate) return '–'
  return (
    <>
      <strong>{percent(estimate.value)}</strong>
      <span className={styles.interval}>{percentInterval(estimate)}</span>
    </>
  )
}
