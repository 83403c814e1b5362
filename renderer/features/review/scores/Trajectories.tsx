import { useState } from 'react'
import { Link } from 'wouter'
import type { PairDetail } from '../../../../src/contract/pairs.ts'
import { Segmented } from '../../../ui/Field.tsx'
import { LineChart } from '../../../ui/charts/LineChart.tsx'
import styles from '../Details.module.css'
import { trajectorySeries } from './trajectory-series.ts'
import { words } from '../../../words/words.ts'

const t = words.review

const MEASURES = [
  { value: 'sfc', label: t('trajectories.sfc') },
  { value: 'mmLoss', label: t('trajectories.mmLoss') },
  { value: 'textLoss', label: t('trajectories.textLoss') },
] as const
type Measure = (typeof MEASURES)[number]['value']

/** How the pair fared in training, by run and epoch. */
export function Trajectories({ pair }: { pair: PairDetail }) {
  const [measure, setMeasure] = useState<Measure>('sfc')
  if (pair.trajectories.length === 0) return <p className={styles.none}>{t('trajectories.empty')}</p>
  const { epochs, series, runs } = trajectorySeries(pair.trajectories, measure)
  return (
    <div className={styles.chart}>
      <Segmented label={t('trajectories.measure')} value={measure} onChange={setMeasure} options={MEASURES} />
      {series.length === 0 ? (
        <p className={styles.none}>{t('trajectories.none')}</p>
      ) : (
        <LineChart
          label={MEASURES.find((each) => each.value === measure)?.label ?? ''}
          x={epochs}
          xLabel={t('trajectories.epoch')}
          series={series}
          height={150}
          yRange={measure === 'sfc' ? [0, 1] : undefined}
        />
      )}
      <p className={styles.links}>
        {runs.map((run) => (
          <Link key={run.id} href={`/training/${run.id}`}>
            {run.label}
          </Link>
        ))}
      </p>
    </div>
  )
}
