import { useQuery } from '@tanstack/react-query'
import { ArrowLeft, ArrowLeftRight, Columns2 } from 'lucide-react'
import { useMemo, useState } from 'react'
import { useSearch } from 'wouter'
import type { Run, StepPoint } from '../../../../src/contract/training.ts'
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
import { runName } from '../run-name.ts'
import { useSteps } from '../run/use-steps.ts'
import { words } from '../../../words/words.ts'

const t = words.training

const SIDES = [
  { name: 'a', label: t('compare.a'), token: '--mm', dash: undefined },
  { name: 'b', label: t('compare.b'), token: '--chosen', dash: [5, 3] },
] as const
const CURVES: readonly { curve: Curve; share?: boolean }[] = [
  { curve: 'lossMm' },
  { curve: 'accMm', share: true },
  { curve: 'sfcMean', share: true },
  { curve: 'lossText' },
  { curve: 'accText', share: true },
]

export const nameOf = (run: Run): string => t('runName', runName(run))

/** Two runs beside each other: what was asked for differently, their curves over the same epochs, their held-out accuracy. */
export function ComparePage() {
  const runs = useQuery(api.training.runs.queryOptions())
  const params = new URLSearchParams(useSearch())
  const [left, right] = chosenRuns(runs.data ?? [], params.get('a'), params.get('b'))
  const show = (a: string, b: string) => navigate(`/training/compare?${new URLSearchParams({ a, b }).toString()}`, { replace: true })
  const back: Command = {
    id: 'compare.back',
    label: t('allRuns'),
    keys: ['l'],
    group: t('compare.title'),
    icon: ArrowLeft,
    perform: () => navigate('/training'),
  }
  const swap: Command = {
    id: 'compare.swap',
    label: t('compare.swap'),
    keys: ['s'],
    group: t('compare.title'),
    icon: ArrowLeftRight,
    predicate: () => right !== undefined,
    perform: () => left && right && show(right.id, left.id),
  }
  useCommands([back, swap])
  return (
    <Page
      title={t('compare.title')}
      actions={
        <>
          {right && <CommandButton command={swap} />}
          <CommandButton command={back} tone="quiet" />
        </>
      }
    >
      {runs.isPending ? (
        <Skeleton lines={8} label={t('runs.loading')} />
      ) : runs.isError ? (
        <ErrorState error={runs.error} onRetry={() => void runs.refetch()} />
      ) : !left || !right ? (
        <EmptyState icon={Columns2} title={t('compare.empty')}>
          <p>{t('compare.emptyDetail')}</p>
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
                      options={runs.data.map((run) => ({
                        value: run.id,
                        label: t('compare.option', { run: nameOf(run), started: time(run.createdAt) }),
                      }))}
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
      title={t('compare.differences.title')}
      detail={sameData ? t('compare.differences.same') : t('compare.differences.other')}
      flush={rows.length > 0}
    >
      {rows.length === 0 ? (
        <p>{t('compare.differences.none')}</p>
      ) : (
        <Table
          label={t('compare.differences.title')}
          rows={rows}
          rowKey={([name]) => name}
          columns={[
            { id: 'name', header: t('compare.differences.option'), width: '180px', cell: ([name]) => name },
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
      title={t('compare.curves.title')}
      detail={t('compare.curves.detail')}
      actions={
        <Segmented
          label={t('compare.curves.title')}
          value={smoothed ? 'smooth' : 'raw'}
          onChange={(value) => setSmoothed(value === 'smooth')}
          options={[
            { value: 'smooth', label: t('smoothed'), hint: t('smoothedHint') },
            { value: 'raw', label: t('everyStep') },
          ]}
        />
      }
    >
      {failed ? (
        <ErrorState error={failed.error} onRetry={() => void failed.refetch()} />
      ) : a.data && b.data ? (
        <Charts steps={[a.data, b.data]} smoothed={smoothed} />
      ) : (
        <Skeleton lines={8} label={t('compare.curves.loading')} />
      )}
    </Panel>
  )
}

function Charts({ steps, smoothed }: { steps: [readonly StepPoint[], readonly StepPoint[]]; smoothed: boolean }) {
  const [a, b] = steps
  const charts = useMemo(
    () =>
      CURVES.flatMap(({ curve, share }) => {
        const { x, values } = overlay([a, b], curve, smoothed)
        const series = SIDES.flatMap((side, i) => {
          const own = values[i]
          return own ? [{ label: side.label, token: side.token, dash: side.dash, values: own }] : []
        })
        return series.length === 0 ? [] : [{ curve, x, series, share }]
      }),
    [a, b, smoothed],
  )
  if (charts.length === 0) return <EmptyState title={t('compare.curves.empty')} />
  return (
    <div className={styles.charts}>
      {charts.map(({ curve, x, series, share }) => (
        <LineChart
          key={curve}
          label={t(`compare.curves.${curve}`)}
          x={x}
          xLabel={t('epoch')}
          series={series}
          {...(share && { yRange: [0, 1] as const })}
          {...(share && curve !== 'sfcMean' && { format: (value: number) => percent(value) })}
        />
      ))}
    </div>
  )
}
