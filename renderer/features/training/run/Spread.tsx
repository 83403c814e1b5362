import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import type { SfcSpread } from '../../../../src/contract/training.ts'
import { api } from '../../../api/client.ts'
import { LineChart } from '../../../ui/charts/LineChart.tsx'
import { Panel } from '../../../ui/Panel.tsx'
import { ErrorState, Skeleton } from '../../../ui/states.tsx'
import { words } from '../../../words/words.ts'

const t = words.training

const LINES = [
  { name: 'high', dash: [2, 3] },
  { name: 'upperQuartile', dash: [5, 3] },
  { name: 'median', dash: undefined },
  { name: 'lowerQuartile', dash: [5, 3] },
  { name: 'low', dash: [2, 3] },
] as const satisfies readonly { name: keyof SfcSpread; dash: readonly number[] | undefined }[]

/** How the SFC that weighs the pairs is spread, epoch by epoch. `epoch` is how far the run is: it is asked again at each. */
export function Spread({ runId, epoch }: { runId: string; epoch: number }) {
  const spread = useQuery({
    ...api.training.sfc.queryOptions({ input: { runId } }),
    queryKey: [...api.training.sfc.queryKey({ input: { runId } }), epoch],
  })
  const x = useMemo(() => (spread.data ?? []).map((each) => each.epoch + 1), [spread.data])
  const series = useMemo(
    () =>
      LINES.map(({ name, dash }) => ({
        label: t(`run.spread.${name}`),
        dash,
        token: '--audit',
        values: (spread.data ?? []).map((each) => each[name]),
      })),
    [spread.data],
  )
  return (
    <Panel title={t('run.spread.title')} detail={t('run.spread.detail')}>
      {spread.isPending ? (
        <Skeleton lines={4} label={t('run.spread.loading')} />
      ) : spread.isError ? (
        <ErrorState error={spread.error} onRetry={() => void spread.refetch()} />
      ) : (
        <LineChart label={t('run.spread.chart')} x={x} xLabel={t('epoch')} series={series} yRange={[0, 1]} />
      )}
    </Panel>
  )
}
