import { useQuery } from '@tanstack/react-query'
import { ArrowLeft, ArrowLeftRight, Columns2 } from 'lucide-react'
import { useMemo, useState } from 'react'
import { useSearch } from 'wouter'
import type { Run, StepPoint } from '../../../../src/contract/training.ts'
import { runLabel } from '../../../../src/core/run-label.ts'
import { api } from '../../../api/client.ts'
import { CommandButton } from '../../../commands/CommandButton.tsx'
import { type Command, useCommands } from '../../../commands/registry.ts'
import { navigate } from '../../../state/location.ts'
import { Field, Segmented, Select } from '../../../ui/Field.tsx'
import { percent, time } from '../../../../src/core/format.ts'
import { LineChart } from '../../../ui/charts/LineChart.tsx'
import { Page, Panel } from '../../../ui/Panel.tsx'
import { EmptyState, ErrorState, Skeleton } from '../../../ui/states.tsx'
import { Table } from '../../../ui/Table.tsx'
import { chosenRuns, type Curve, differences, overlay } from './compare.ts'
import styles from './ComparePage.module.css'
import { Flips } from './Flips.tsx'
import { HeldOutAccuracy } from './HeldOutAccuracy.tsx'
import { useSteps } from '../run/use-steps.ts'

const GROUP = 'Compare runs'
const SIDES = [
  { name: 'a', label: 'One run', token: '--mm', dash: undefined },
  { name: 'b', label: 'The other', token: '--chosen', dash: [5, 3] },
] as const
const CURVES: readonly { curve: Curve; label: string; share?: boolean }[] = [
  { curve: 'lossMm', label: 'Loss, image' },
  { curve: 'accMm', label: 'Accuracy, image', share: true },
  { curve: 'sfcMean', label: 'Mean SFC', share: true },
  { curve: 'lossText', label: 'Loss, text' },
  { curve: 'accText', label: 'Accuracy, text', share: true },
]

export const nameOf = (run: Run): string => `${runLabel(run.options)} on ${run.trainSource}, seed ${run.options.seed}`

/** Two runs beside each other: what was asked for differently, their curves over the same epochs, their held-out accuracy. */
export function ComparePage() {
  const runs = useQuery(api.training.runs.queryOptions())
  const params = new URLSearchParams(useSearch())
  const [left, right] = chosenRuns(runs.data ?? [], params.get('a'), params.get('b'))
  const show = (a: string, b: string) => navigate(`/training/compare?${new URLSearchParams({ a, b }).toString()}`, { replace: true })
  const back: Command = {
    id: 'compare.back',
    label: 'All runs',
    keys: ['l'],
    group: GROUP,
    icon: ArrowLeft,
    perform: () => navigate('/training'),
  }
  const swap: Command = {
    id: 'compare.swap',
    label: 'Swap sides',
    keys: ['s'],
    group: GROUP,
    icon: ArrowLeftRight,
    predicate: () => right !== undefined,
    perform: () => left && right && show(right.id, left.id),
  }
  useCommands([back, swap])
  return (
    <Page
      title="Compare runs"
      actions={
        <>
          {right && <CommandButton command={swap} />}
          <CommandButton command={back} tone="quiet" />
        </>
      }
    >
      {runs.isPending ? (
        <Skeleton lines={8} label="Loading runs" />
      ) : runs.isError ? (
        <ErrorState error={runs.error} onRetry={() => void runs.refetch()} />
      ) : !left || !right ? (
        <EmptyState icon={Columns2} title="There are no two runs yet">
          <p>Train a second model, with another method, seed or source, to see what changes.</p>
        </EmptyState>
      ) : (
        <>
          <div className={styles.sides}>
            {SIDES.map((side, i) => (
              <div key={side.name} className={styles.side}>
                <Field label={side.label}>
                  {(props) => (
                    <Select
                      {...props}
                      value={[left, right][i]!.id}
                      onChange={(id) =>
                        i === 0 ? show(id, right.id === id ? left.id : right.id) : show(left.id === id ? right.id : left.id, id)
                      }
                      options={runs.data.map((run) => ({ value: run.id, label: `${nameOf(run)} · ${time(run.createdAt)}` }))}
                    />
                  )}
                </Field>
                <span
                  className={styles.key}
                  style={{ color: `var(${side.token})` }}
                  data-dashed={side.dash ? true : undefined}
                  aria-hidden
                />
              </div>
            ))}
          </div>
          <Differences left={left} right={right} />
          <Curves key={`${left.id} ${right.id}`} left={left} right={right} />
          <HeldOutAccuracy left={left} right={right} />
          <Flips key={`flips ${left.id} ${right.id}`} left={left} right={right} />
        </>
      )}
    </Page>
  )
}

function Differences({ left, right }: { left: Run; right: Run }) {
  const rows = differences(left, right)
  const sameData = left.snapshotHash === right.snapshotHash
  return (
    <Panel
      title="What differs"
      detail={sameData ? 'Both saw the same pairs, texts and labels' : 'They saw different training data'}
      flush={rows.length > 0}
    >
      {rows.length === 0 ? (
        <p>Same settings: any difference is due to chance.</p>
      ) : (
        <Table
          label="What differs"
          rows={rows}
          rowKey={([name]) => name}
          columns={[
            { id: 'name', header: 'Option', width: '180px', cell: ([name]) => name },
            { id: 'a', header: SIDES[0].label, cell: ([, a]) => a },
            { id: 'b', header: SIDES[1].label, cell: ([, , b]) => b },
          ]}
        />
      )}
    </Panel>
  )
}

function Curves({ left, right }: { left: Run; right: Run }) {
  const [smoothed, setSmoothed] = useState(true)
  const [a, b] = [useSteps(left.id), useSteps(right.id)]
  const failed = [a, b].find((query) => query.isError)
  return (
    <Panel
      title="Curves"
      detail="Over the epochs of both"
      actions={
        <Segmented
          label="Curves"
          value={smoothed ? 'smooth' : 'raw'}
          onChange={(value) => setSmoothed(value === 'smooth')}
          options={[
            { value: 'smooth', label: 'Smoothed', hint: 'Moving average over about ten steps' },
            { value: 'raw', label: 'Every step' },
          ]}
        />
      }
    >
      {failed ? (
        <ErrorState error={failed.error} onRetry={() => void failed.refetch()} />
      ) : a.data && b.data ? (
        <Charts steps={[a.data, b.data]} smoothed={smoothed} />
      ) : (
        <Skeleton lines={8} label="Loading the curves" />
      )}
    </Panel>
  )
}

function Charts({ steps, smoothed }: { steps: [readonly StepPoint[], readonly StepPoint[]]; smoothed: boolean }) {
  const [a, b] = steps
  const charts = useMemo(
    () =>
      CURVES.flatMap(({ curve, label, share }) => {
        const { x, values } = overlay([a, b], curve, smoothed)
        const series = SIDES.flatMap((side, i) => {
          const own = values[i]
          return own ? [{ label: side.label, token: side.token, dash: side.dash, values: own }] : []
        })
        return series.length === 0 ? [] : [{ label, x, series, share }]
      }),
    [a, b, smoothed],
  )
  if (charts.length === 0) return <EmptyState title="Neither has trained a step yet" />
  return (
    <div className={styles.charts}>
      {charts.map(({ label, x, series, share }) => (
        <LineChart
          key={label}
          label={label}
          x={x}
          xLabel="epoch"
          series={series}
          {...(share && { yRange: [0, 1] as const })}
          {...(share && label !== 'Mean SFC' && { format: (value: number) => percent(value) })}
        />
      ))}
    </div>
  )
}
