import { Link } from 'wouter'
import type { Estimate } from '../../../src/contract/base.ts'
import type { Report } from '../../../src/contract/overview.ts'
import { GLOSSARY } from '../../../src/core/glossary.ts'
import { predictorName } from '../../../src/core/report/predictors.ts'
import { pairsPath } from '../../state/pair-query.ts'
import { percent, percentInterval, points, pValue, rate } from '../../../src/core/format.ts'
import { IntervalAxis, IntervalBar, type IntervalMark } from '../../ui/charts/IntervalBar.tsx'
import { Legend } from '../../ui/charts/Legend.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { RateStat } from '../../ui/charts/Stat.tsx'
import { words } from '../../words/words.ts'
import styles from './OverviewPage.module.css'
import { linksOf } from './links.ts'

const t = words.overview

const MARKS = {
  blind: { label: GLOSSARY.blindAccuracy.term, color: 'var(--accent)', shape: 'dot' },
  longest: { label: t('baseline.longest'), color: 'var(--q-text-wrong-ink)', shape: 'diamond' },
  shortest: { label: t('baseline.shortest'), color: 'var(--rejected)', shape: 'square' },
  frequent: { label: t('baseline.frequent'), color: 'var(--mm)', shape: 'diamond' },
} as const

const marksOf = (row: { blindAccuracy: Estimate; baselines: Report['baselines'] }): IntervalMark[] => [
  { ...MARKS.blind, estimate: row.blindAccuracy },
  { ...MARKS.longest, estimate: row.baselines.longest },
  { ...MARKS.shortest, estimate: row.baselines.shortest },
  { ...MARKS.frequent, estimate: row.baselines.frequent },
]

const detailOf = ({ subject, textOnly, judged }: Report): string =>
  [t(`blind.detail.${subject}`), ...(textOnly ? [t('blind.judged', { count: judged })] : [])].join(' ')

/** The main number, and the same for each source beside the baselines. */
export function BlindAccuracy({ report }: { report: Report }) {
  const [highest] = report.predictions
  return (
    <Panel title={GLOSSARY.blindAccuracy.term} detail={detailOf(report)}>
      <div className={styles.blind}>
        <div className={styles.numbers}>
          <RateStat
            label={t('blind.allSources')}
            estimate={report.blindAccuracy}
            size="large"
            detail={<span>{t('chance', { p: pValue(report.pValue) })}</span>}
          />
          <div className={styles.baselines}>
            <RateStat label={t('baseline.longest')} estimate={report.baselines.longest} />
            <RateStat label={t('baseline.shortest')} estimate={report.baselines.shortest} />
            <RateStat label={t('baseline.frequent')} estimate={report.baselines.frequent} />
            {report.lengthBalanced && <RateStat label={t('baseline.balanced')} estimate={report.lengthBalanced.accuracy} />}
          </div>
        </div>
        <div className={styles.sources}>
          <table className={styles.sourceTable} aria-label={t('blind.bySource')}>
            <thead>
              <tr>
                <th scope="col">{t('blind.source')}</th>
                <th scope="col">
                  <Legend items={Object.values(MARKS)} />
                </th>
                <th scope="col" data-align="end">
                  {GLOSSARY.blindAccuracy.term}
                </th>
                <th scope="col" data-align="end">
                  {t('blind.chance')}
                </th>
              </tr>
            </thead>
            <tbody>
              {report.bySource.map((row) => (
                <tr key={row.source}>
                  <th scope="row">
                    <Link href={pairsPath(linksOf(report).source(row.source))} dir="auto" title={row.source}>
                      {row.source}
                    </Link>
                    <span className={styles.small}>{t('pairs', { count: row.pairs })}</span>
                  </th>
                  <td className={styles.plot}>
                    <IntervalBar label={row.source} marks={marksOf(row)} />
                  </td>
                  <td data-align="end">
                    {percent(row.blindAccuracy.value)}
                    <span className={styles.small}>{percentInterval(row.blindAccuracy)}</span>
                  </td>
                  <td data-align="end">{pValue(row.pValue)}</td>
                </tr>
              ))}
            </tbody>
            <tfoot>
              <tr>
                <td />
                <td className={styles.plot}>
                  <IntervalAxis />
                </td>
                <td colSpan={2} className={styles.note}>
                  {t('blind.note', { count: report.groups })}
                </td>
              </tr>
            </tfoot>
          </table>
          {highest && (
            <p className={styles.muted}>
              {t('blind.highest', {
                predictor: predictorName(highest.by),
                rate: rate(highest.accuracy),
                p: pValue(highest.adjusted),
              })}
            </p>
          )}
          <p className={styles.muted}>
            {t('blind.advantages', {
              list: report.advantages
                .map(({ over, difference, pValue: p }) =>
                  t('blind.advantage', { points: points(difference), baseline: over, p: pValue(p) }),
                )
                .join('; '),
            })}
          </p>
        </div>
      </div>
    </Panel>
  )
}
