import { useQuery } from '@tanstack/react-query'
import { ScanEye } from 'lucide-react'
import type { Estimate } from '../../../src/contract/base.ts'
import type { Report } from '../../../src/contract/overview.ts'
import { referencesText } from '../../../src/core/report/reference.ts'
import { ERRORS_MISSED } from '../../../src/core/report/reported.ts'
import { api } from '../../api/client.ts'
import { openDialog } from '../../state/dialogs.ts'
import { navigate } from '../../state/location.ts'
import { pairsPath } from '../../state/pair-query.ts'
import { Button } from '../../ui/Button.tsx'
import { count, fixed, interval, percent, percentInterval, plural, time } from '../../../src/core/format.ts'
import { IntervalAxis, IntervalBar } from '../../ui/charts/IntervalBar.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { Stat } from '../../ui/charts/Stat.tsx'
import { linksOf } from './links.ts'
import styles from './OverviewPage.module.css'

const correlation = (estimate: Estimate) => `${fixed(estimate.value)} (95% CI ${interval(estimate, 2)})`

/** The side that sees the image: what the probe is worth, how both models go together, and which labels both doubt. */
export function Reference({ report }: { report: Report }) {
  const probe = useQuery(api.probe.report.queryOptions())
  const { marginCorrelation, suspects, provenance } = report
  const found = probe.data
  return (
    <Panel
      title="With the image"
      detail={
        provenance.references.length === 0
          ? 'No image reference yet: every SFC is a prior.'
          : `Held-out margins of ${referencesText(provenance.references)}`
      }
      actions={
        report.images > 0 && (
          <Button size="small" changes icon={ScanEye} onClick={() => openDialog('probe')}>
            {found ? 'Probe again…' : 'Probe with images…'}
          </Button>
        )
      }
    >
      {found ? (
        <>
          <p>{found.sentence}</p>
          <table className={styles.sourceTable} aria-label="The probe and its controls">
            <tbody>
              {(
                [
                  ['With its image', found.accuracy, 'var(--mm)'],
                  ['Grey image (control)', found.blank, 'var(--ink-3)'],
                  ['Swapped image (control)', found.swapped, 'var(--ink-3)'],
                ] as const
              ).map(([label, estimate, color]) => (
                <tr key={label}>
                  <th scope="row">{label}</th>
                  <td className={styles.plot}>
                    <IntervalBar label={label} marks={[{ label: 'Accuracy', color, estimate }]} />
                  </td>
                  <td data-align="end">
                    {percent(estimate.value)}
                    <span className={styles.small}>{percentInterval(estimate)}</span>
                  </td>
                </tr>
              ))}
            </tbody>
            <tfoot>
              <tr>
                <td />
                <td className={styles.plot}>
                  <IntervalAxis />
                </td>
                <td />
              </tr>
            </tfoot>
          </table>
          <p className={styles.muted}>
            {found.model ? found.model.name : 'Tiny probe'}, {plural(found.pairs, 'pair')}, {time(found.scoredAt)}
            {found.withoutImage > 0 && `; ${count(found.withoutImage)} without an image`}
            {found.leftOut > 0 && `; ${count(found.leftOut)} more than fit in memory`}
          </p>
        </>
      ) : (
        <p className={styles.muted}>
          {report.images > 0
            ? 'The image probe gives an audit SFC without a training run or a GPU.'
            : report.subject === 'text'
              ? 'No pair has an image, so every SFC remains a prior.'
              : 'No image file is in the project yet: find the missing images, then run the probe.'}
        </p>
      )}
      {(marginCorrelation ?? suspects) && (
        <div className={styles.facts}>
          {marginCorrelation && (
            <Stat
              label="Rank correlation of both margins"
              value={fixed(marginCorrelation.spearman.value)}
              detail={
                <>
                  Spearman {correlation(marginCorrelation.spearman)}; Pearson {correlation(marginCorrelation.pearson)}
                </>
              }
            />
          )}
          {suspects && (
            <Stat
              label="Likely label errors"
              value={count(Math.round(suspects.wrong.value))}
              detail={
                <>
                  95% CI {count(Math.round(suspects.wrong.low))}–{count(Math.round(suspects.wrong.high))}; {percent(suspects.share.value)}{' '}
                  of the pairs that both models scored. {ERRORS_MISSED}
                  {suspects.listed > 0 && (
                    <Button size="small" onClick={() => navigate(pairsPath(linksOf(report).suspects(), '-suspect'))}>
                      Check {plural(suspects.listed, 'pair')}
                    </Button>
                  )}
                </>
              }
            />
          )}
        </div>
      )}
    </Panel>
  )
}
