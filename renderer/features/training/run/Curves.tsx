import { useMemo } from 'react'
import type { StepPoint } from '../../../../src/contract/training.ts'
import { bytes, count, percent } from '../../../../src/core/format.ts'
import { LineChart, type LineSeries } from '../../../ui/charts/LineChart.tsx'
import { words } from '../../../words/words.ts'
import styles from './RunPage.module.css'
import { smooth } from './smooth.ts'

const t = words.training

const SPAN = 10

/** Loss, accuracy, SFC, speed and memory over steps. A branch that the method has not got has no curve. */
export function Curves({ steps, smoothed }: { steps: readonly StepPoint[]; smoothed: boolean }) {
  const x = useMemo(() => steps.map((point) => point.step), [steps])
  const charts = useMemo(() => {
    const line = (
      label: string,
      token: string,
      name: 'lossMm' | 'lossText' | 'accMm' | 'accText' | 'sfcMean' | 'pairsPerSecond' | 'memoryPeakBytes',
      dash?: readonly number[],
    ): LineSeries[] => {
      const values = steps.map((point) => point[name])
      return values.every((value) => value === null) ? [] : [{ label, token, dash, values: smoothed ? smooth(values, SPAN) : values }]
    }
    return {
      loss: [...line(t('run.line.mm'), '--mm', 'lossMm'), ...line(t('run.line.text'), '--text', 'lossText', [5, 3])],
      accuracy: [...line(t('run.line.mm'), '--mm', 'accMm'), ...line(t('run.line.text'), '--text', 'accText', [5, 3])],
      sfc: line(t('run.line.sfc'), '--audit', 'sfcMean'),
      speed: line(t('run.line.speed'), '--ink-2', 'pairsPerSecond'),
      memory: line(t('run.line.memory'), '--ink-2', 'memoryPeakBytes'),
    }
  }, [steps, smoothed])
  return (
    <div className={styles.curves}>
      <LineChart label={t('run.chart.loss')} x={x} xLabel={t('step')} series={charts.loss} />
      <LineChart
        label={t('run.chart.accuracy')}
        x={x}
        xLabel={t('step')}
        series={charts.accuracy}
        yRange={[0, 1]}
        format={(value) => percent(value)}
      />
      {charts.sfc.length > 0 && <LineChart label={t('run.chart.sfc')} x={x} xLabel={t('step')} series={charts.sfc} yRange={[0, 1]} />}
      <LineChart label={t('run.chart.speed')} x={x} xLabel={t('step')} series={charts.speed} format={(value) => count(value)} />
      {charts.memory.length > 0 && (
        <LineChart label={t('run.chart.memory')} x={x} xLabel={t('step')} series={charts.memory} format={bytes} />
      )}
    </div>
  )
}
