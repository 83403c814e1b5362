import { useState } from 'react'
import { Link } from 'wouter'
import type { PairDetail } from '../../../../src/contract/pairs.ts'
import { Segmented } from '../../../ui/Field.tsx'
import { LineChart } from '../../../ui/charts/LineChart.tsx'
import styles from '../Details.module.css'
import { trajectorySeries } from './trajectory-series.ts'

const MEASURES = [
  { value: 'sfc', label: 'SFC' },
  { value: 'mmLoss', label: 'Image loss' },
  { value: 'textLoss', label: 'Text loss' },
] as const
type Measure = (typeof MEASURES)[number]['value']

/** How the pair fared in training, by run and epoch. */
export function Trajectories({ pair }: { pair: PairDetail }) {
  const [measure, setMeasure] = useState<Measure>('sfc')
  if (pair.trajectories.length === 0) return <p className={styles.none}>No run has trained on this pair yet.</p>
  const { epochs, series, runs } = trajectorySeries(pair.trajectories, measure)
  return (
    <div className={styles.chart}>
      <Segmented label="Measure" value={measure} onChange={setMeasure} options={MEASURES} />
      {series.length === 0 ? (
        <p className={styles.none}>No run has this measure.</p>
      ) : (
        <LineChart
          label={MEASURES.find((each) => each.value === measure)?.label ?? ''}
          x={epochs}
          xLabel="epoch"
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
