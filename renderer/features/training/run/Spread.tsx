import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import type { SfcSpread } from '../../../../src/contract/training.ts'
import { api } from '../../../api/client.ts'
import { LineChart } from '../../../ui/charts/LineChart.tsx'
import { Panel } from '../../../ui/Panel.tsx'
import { ErrorState, Skeleton } from '../../../ui/states.tsx'

const LINES = [
  { name: 'high', label: '90% below', dash: [2, 3] },
  { name: 'upperQuartile', label: '75%', dash: [5, 3] },
  { name: 'median', label: 'Median', dash: undefined },
  { name: 'lowerQuartile', label: '25%', dash: [5, 3] },
  { name: 'low', label: '10%', dash: [2, 3] },
] as const satisfies readonly { name: keyof SfcSpread; label: string; dash: readonly number[] | undefined }[]

/** How the SFC that weighs the pairs is spread, epoch by epoch. `epoch` is how far the run is: it is asked again at each. */
export function Spread({ runId, epoch }: { runId: string; epoch: number }) {
  const spread = useQuery({
    ...api.training.sfc.queryOptions({ input: { runId } }),
    queryKey: [...api.training.sfc.queryKey({ input: { runId } }), epoch],
  })
  const x = useMemo(() => (spread.data ?? []).map((each) => each.epoch + 1), [spread.data])
  const series = useMemo(
    () => LINES.map(({ name, label, dash }) => ({ label, dash, token: '--audit', values: (spread.data ?? []).map((each) => each[name]) })),
    [spread.data],
  )
  return (
    <Panel
      title="SFC of the pairs"
      detail="Distribution over the pairs of each epoch. A low SFC means that the text predicts the label, so the pair weighs little."
    >
      {spread.isPending ? (
        <Skeleton lines={4} label="Loading the SFC of the pairs" />
      ) : spread.isError ? (
        <ErrorState error={spread.error} onRetry={() => void spread.refetch()} />
      ) : (
        <LineChart label="SFC by epoch" x={x} xLabel="epoch" series={series} yRange={[0, 1]} />
      )}
    </Panel>
  )
}
