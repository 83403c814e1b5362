import type { Report } from '../../../../src/contract/overview.ts'
import { CURVE_MIXED } from '../../../../src/core/report/reported.ts'
import { GLOSSARY } from '../../../../src/core/glossary.ts'
import { compactCount, percent, rate } from '../../../../src/core/format.ts'
import { Panel } from '../../../ui/Panel.tsx'
import { words } from '../../../words/words.ts'
import styles from './Calibration.module.css'

const t = words.overview

const [WIDTH, HEIGHT, LEFT, TOP, BOTTOM] = [420, 220, 48, 8, 34] as const

/** How many pairs it takes until the data set leaks. */
export function LearningCurve({ report }: { report: Report }) {
  const { points, leaksFrom } = report.learningCurve
  const logs = points.map(({ trainPairs }) => Math.log(Math.max(1, trainPairs)))
  const [first, last] = [Math.min(...logs), Math.max(...logs)]
  const low = Math.min(0.4, ...points.map(({ accuracy }) => accuracy.low))
  const x = (i: number) => LEFT + 12 + (last > first ? ((logs[i] ?? 0) - first) / (last - first) : 0.5) * (WIDTH - LEFT - 36)
  const y = (share: number) => TOP + ((1 - share) / (1 - low)) * (HEIGHT - TOP - BOTTOM)
  const spoken = points.map(({ trainPairs, accuracy }) => t('learning.point', { count: trainPairs, rate: rate(accuracy) }))
  return (
    <Panel
      title={t('learning.title')}
      detail={[leaksFrom === null ? t('learning.never') : t('learning.from', { count: leaksFrom }), report.textOnly && CURVE_MIXED]
        .filter(Boolean)
        .join(' ')}
    >
      <svg
        className={styles.chart}
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        role="img"
        aria-label={t('learning.chart', { points: spoken.join('; ') })}
      >
        {[0.5, 0.75, 1].map((tick) => (
          <g key={tick}>
            <line className={tick === 0.5 ? styles.chance : styles.grid} x1={LEFT} x2={WIDTH - 8} y1={y(tick)} y2={y(tick)} />
            <text className={styles.tick} x={LEFT - 8} y={y(tick) + 4} textAnchor="end">
              {percent(tick, 0)}
            </text>
          </g>
        ))}
        <polyline className={styles.line} points={points.map(({ accuracy }, i) => `${x(i)},${y(accuracy.value)}`).join(' ')} />
        {points.map(({ trainPairs, accuracy }, i) => (
          <g key={trainPairs}>
            <line className={styles.interval} x1={x(i)} x2={x(i)} y1={y(accuracy.low)} y2={y(accuracy.high)} />
            <circle className={styles.dot} cx={x(i)} cy={y(accuracy.value)} r={4}>
              <title>{spoken[i]}</title>
            </circle>
            <text className={styles.tick} x={x(i)} y={HEIGHT - 16} textAnchor="middle">
              {compactCount(trainPairs)}
            </text>
          </g>
        ))}
        <text className={styles.tick} x={(LEFT + WIDTH) / 2} y={HEIGHT - 2} textAnchor="middle">
          {t('learning.axis')}
        </text>
      </svg>
    </Panel>
  )
}

/** Accuracy at each level of confidence. */
export function Calibration({ report }: { report: Report }) {
  const { bins, ece } = report.calibration
  const most = Math.max(1, ...bins.map(({ pairs }) => pairs))
  const x = (confidence: number) => LEFT + (confidence - 0.5) * 2 * (WIDTH - LEFT - 16)
  const y = (accuracy: number) => TOP + (1 - accuracy) * (HEIGHT - TOP - BOTTOM)
  const spoken = bins.map(({ confidence, accuracy, pairs }) =>
    t('calibration.bin', { confidence: percent(confidence), accuracy: percent(accuracy), count: pairs }),
  )
  return (
    <Panel title={GLOSSARY.calibration.term} detail={t('calibration.error', { rate: rate(ece) })}>
      <svg
        className={styles.chart}
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        role="img"
        aria-label={t('calibration.chart', { bins: spoken.join('; ') })}
      >
        {[0, 0.5, 1].map((tick) => (
          <g key={tick}>
            <line className={styles.grid} x1={LEFT} x2={WIDTH - 16} y1={y(tick)} y2={y(tick)} />
            <text className={styles.tick} x={LEFT - 8} y={y(tick) + 4} textAnchor="end">
              {percent(tick, 0)}
            </text>
          </g>
        ))}
        <line className={styles.chance} x1={x(0.5)} y1={y(0.5)} x2={x(1)} y2={y(1)} />
        {bins.map(({ low, confidence, accuracy, pairs }, i) => (
          <circle key={low} className={styles.dot} cx={x(confidence)} cy={y(accuracy)} r={2.5 + 7 * Math.sqrt(pairs / most)}>
            <title>{spoken[i]}</title>
          </circle>
        ))}
        {[0.5, 0.75, 1].map((tick) => (
          <text key={tick} className={styles.tick} x={x(tick)} y={HEIGHT - 16} textAnchor="middle">
            {percent(tick, 0)}
          </text>
        ))}
        <text className={styles.tick} x={(LEFT + WIDTH) / 2} y={HEIGHT - 2} textAnchor="middle">
          {t('calibration.axis')}
        </text>
      </svg>
    </Panel>
  )
}
