import { Link } from 'wouter'
import type { Estimate } from '../../../src/contract/base.ts'
import type { Report } from '../../../src/contract/overview.ts'
import { predictorName } from '../../../src/core/report/predictors.ts'
import { pairsPath } from '../../state/pair-query.ts'
import { percent, percentInterval, plural, points, pValue, rate } from '../../../src/core/format.ts'
import { IntervalAxis, IntervalBar, type IntervalMark } from '../../ui/charts/IntervalBar.tsx'
import { Legend } from '../../ui/charts/Legend.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { RateStat } from '../../ui/charts/Stat.tsx'
import styles from './OverviewPage.module.css'
import { linksOf } from './links.ts'

const MARKS = {
  blind: { label: 'Blind accuracy', color: 'var(--accent)', shape: 'dot' },
  longest: { label: 'Longest wins', color: 'var(--q-text-wrong-ink)', shape: 'diamond' },
  shortest: { label: 'Shortest wins', color: 'var(--rejected)', shape: 'square' },
  frequent: { label: 'Most frequent wins', color: 'var(--mm)', shape: 'diamond' },
} as const

const marksOf = (row: { blindAccuracy: Estimate; baselines: Report['baselines'] }): IntervalMark[] => [
  { ...MARKS.blind, estimate: row.blindAccuracy },
  { ...MARKS.longest, estimate: row.baselines.longest },
  { ...MARKS.shortest, estimate: row.baselines.shortest },
  { ...MARKS.frequent, estimate: row.baselines.frequent },
]

/** The main number, and the same for each source beside the baselines. */
export function BlindAccuracy({ report }: { report: Report }) {
  const [highest] = report.predictions
  return (
    <Panel
      title="Blind accuracy"
      detail={`Held-out share of labels that the proxy predicts ${report.subject === 'images' ? 'without the image' : 'from the wording alone'}, with 95% CIs.${report.textOnly ? ` ${plural(report.judged, 'pair')} that name an image.` : ''}`}
    >
      <div className={styles.blind}>
        <div className={styles.numbers}>
          <RateStat
            label="All sources"
            estimate={report.blindAccuracy}
            size="large"
            detail={<span>{pValue(report.pValue)} against 50%</span>}
          />
          <div className={styles.baselines}>
            <RateStat label="Longest wins" estimate={report.baselines.longest} />
            <RateStat label="Shortest wins" estimate={report.baselines.shortest} />
            <RateStat label="Most frequent wins" estimate={report.baselines.frequent} />
            {report.lengthBalanced && <RateStat label="Lengths balanced" estimate={report.lengthBalanced.accuracy} />}
          </div>
        </div>
        <div className={styles.sources}>
          <table className={styles.sourceTable} aria-label="Blind accuracy by source">
            <thead>
              <tr>
                <th scope="col">Source</th>
                <th scope="col">
                  <Legend items={Object.values(MARKS)} />
                </th>
                <th scope="col" data-align="end">
                  Blind accuracy
                </th>
                <th scope="col" data-align="end">
                  Against 50%
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
                    <span className={styles.small}>{plural(row.pairs, 'pair')}</span>
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
                  Dashed line: chance. {plural(report.groups, 'group')}.
                </td>
              </tr>
            </tfoot>
          </table>
          {highest && (
            <p className={styles.muted}>
              Highest: {predictorName(highest.by)}, {rate(highest.accuracy)}; {pValue(highest.adjusted)} against 50%, Holm-adjusted over the
              proxy and the baselines.
            </p>
          )}
          <p className={styles.muted}>
            Proxy vs baselines:{' '}
            {report.advantages
              .map(
                ({ over, difference, pValue: p }) =>
                  `${points(difference)} over “${over === 'frequent' ? 'most frequent' : over} wins”, ${pValue(p)}`,
              )
              .join('; ')}
          </p>
        </div>
      </div>
    </Panel>
  )
}
