import { useQuery } from '@tanstack/react-query'
import { ScanEye } from 'lucide-react'
import type { Estimate } from '../../../src/contract/base.ts'
import type { Report } from '../../../src/contract/overview.ts'
import type { ProbeReport } from '../../../src/contract/probe.ts'
import { referencesText } from '../../../src/core/report/reference.ts'
import { ERRORS_MISSED } from '../../../src/core/report/reported.ts'
import { api } from '../../api/client.ts'
import { openDialog } from '../../state/dialogs.ts'
import { navigate } from '../../state/location.ts'
import { pairsPath } from '../../state/pair-query.ts'
import { Button } from '../../ui/Button.tsx'
import { count, fixed, interval, percent, percentInterval, time } from '../../../src/core/format.ts'
import { IntervalAxis, IntervalBar } from '../../ui/charts/IntervalBar.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { Stat } from '../../ui/charts/Stat.tsx'
import { linksOf } from './links.ts'
import { words } from '../../words/words.ts'
import styles from './OverviewPage.module.css'

const t = words.overview

const correlation = (estimate: Estimate) => t('reference.estimate', { value: fixed(estimate.value), interval: interval(estimate, 2) })

/** The side that sees the image: what the probe is worth, how both models go together, and which labels both doubt. */
export function Reference({ report }: { report: Report }) {
  const probe = useQuery(api.probe.report.queryOptions())
  const { marginCorrelation, suspects, provenance } = report
  const found = probe.data
  return (
    <Panel
      title={t('reference.title')}
      detail={
        provenance.references.length === 0
          ? t('reference.none')
          : t('reference.margins', { references: referencesText(provenance.references) })
      }
      actions={
        report.images > 0 && (
          <Button size="small" changes icon={ScanEye} onClick={() => openDialog('probe')}>
            {found ? t('reference.probeAgain') : t('reference.probe')}
          </Button>
        )
      }
    >
      {found ? (
        <>
          <p>{found.sentence}</p>
          <table className={styles.sourceTable} aria-label={t('reference.table')}>
            <tbody>
              {(
                [
                  [t('reference.own'), found.accuracy, 'var(--mm)'],
                  [t('reference.blank'), found.blank, 'var(--ink-3)'],
                  [t('reference.swapped'), found.swapped, 'var(--ink-3)'],
                ] as const
              ).map(([label, estimate, color]) => (
                <tr key={label}>
                  <th scope="row">{label}</th>
                  <td className={styles.plot}>
                    <IntervalBar label={label} marks={[{ label: t('reference.accuracy'), color, estimate }]} />
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
          <p className={styles.muted}>{probeText(found)}</p>
        </>
      ) : (
        <p className={styles.muted}>
          {report.images > 0 ? t('reference.intro') : report.subject === 'text' ? t('reference.noImages') : t('reference.noFiles')}
        </p>
      )}
      {(marginCorrelation ?? suspects) && (
        <div className={styles.facts}>
          {marginCorrelation && (
            <Stat
              label={t('reference.correlation')}
              value={fixed(marginCorrelation.spearman.value)}
              detail={t('reference.correlations', {
                spearman: correlation(marginCorrelation.spearman),
                pearson: correlation(marginCorrelation.pearson),
              })}
            />
          )}
          {suspects && (
            <Stat
              label={t('reference.errors')}
              value={count(Math.round(suspects.wrong.value))}
              detail={
                <>
                  {t('reference.errorsDetail', {
                    low: Math.round(suspects.wrong.low),
                    high: Math.round(suspects.wrong.high),
                    share: percent(suspects.share.value),
                  })}{' '}
                  {ERRORS_MISSED}
                  {suspects.listed > 0 && (
                    <Button size="small" onClick={() => navigate(pairsPath(linksOf(report).suspects(), '-suspect'))}>
                      {t('reference.check', { count: suspects.listed })}
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

/** The probe's model, and how many pairs it scored. */
const probeText = ({ model, pairs, scoredAt, withoutImage, leftOut }: ProbeReport): string =>
  [
    t('reference.scored', { model: model ? model.name : t('reference.tiny'), pairs, time: time(scoredAt) }),
    ...(withoutImage > 0 ? [t('reference.withoutImage', { count: withoutImage })] : []),
    ...(leftOut > 0 ? [t('reference.leftOut', { count: leftOut })] : []),
  ].join('; ')
