import { useMemo } from 'react'
import type { StepPoint } from '../../../../src/contract/training.ts'
import { bytes, count, percent } from '../../../../src/core/format.ts'
import { LineChart, type LineSeries } from '../../../ui/charts/LineChart.tsx'
import styles from './RunPage.module.css'
import { smooth } from './smooth.ts'

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
      loss: [...line('Image', '--mm', 'lossMm'), ...line('Text', '--text', 'lossText', [5, 3])],
      accuracy: [...line('Image', '--mm', 'accMm'), ...line('Text', '--text', 'accText', [5, 3])],
      sfc: line('Mean SFC', '--audit', 'sfcMean'),
      speed: line('Pairs per second', '--ink-2', 'pairsPerSecond'),
      memory: line('Peak so far', '--ink-2', 'memoryPeakBytes'),
    }
  }, [steps, smoothed])
  return (
    <div className={styles.curves}>
      <LineChart label="Loss" x={x} xLabel="step" series={charts.loss} />
      <LineChart label="Accuracy" x={x} xLabel="step" series={charts.accuracy} yRange={[0, 1]} format={(value) => percent(value)} />
      {charts.sfc.length > 0 && <LineChart label="SFC" x={x} xLabel="step" series={charts.sfc} yRange={[0, 1]} />}
      <LineChart label="Speed" x={x} xLabel="step" series={charts.speed} format={(value) => count(value)} />
      {charts.memory.length > 0 && <LineChart label="Memory" x={x} xLabel="step" series={charts.memory} format={bytes} />}
    </div>
  )
}
