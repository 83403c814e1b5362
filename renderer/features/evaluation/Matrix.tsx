import type { Cell } from '../../../src/contract/training.ts'
import { navigate } from '../../state/location.ts'
import { fixed, inPercent, interval, rate, signed } from '../../../src/core/format.ts'
import { HeatMap, type HeatCell } from '../../ui/charts/HeatMap.tsx'
import { words } from '../../words/words.ts'

const t = words.evaluation

export type Measure = 'accuracy' | 'sfd' | 'correlation'
type Rows = ReadonlyMap<string, ReadonlyMap<string, Cell>>
export type Axes = { train: readonly string[]; test: readonly string[] }

const asAxis = (names: readonly string[]) => names.map((name) => ({ id: name, label: name }))

/** All that is known of a cell, for the tooltip. */
function titleOf(cell: Cell): string {
  return [
    t(cell.iid ? 'cell.iid' : 'cell.ood', { count: cell.n }),
    t('cell.accuracy', { rate: rate(cell.accuracy) }),
    cell.sfd && t('cell.sfd', { points: fixed(cell.sfd.value, 1), interval: interval(cell.sfd) }),
    cell.marginCorrelation &&
      t('cell.correlation', { pearson: fixed(cell.marginCorrelation.pearson), spearman: fixed(cell.marginCorrelation.spearman) }),
  ]
    .filter(Boolean)
    .join('\n')
}

/** Scale of each measure. A large SFD or correlation is bad, so its colour runs the other way. */
const SCALES: Record<Measure, { low: number; middle: number; high: number; cell: (cell: Cell) => HeatCell | null }> = {
  accuracy: {
    low: 0,
    middle: 0.5,
    high: 1,
    cell: ({ accuracy }) => ({
      value: accuracy.value,
      text: inPercent(accuracy.value),
      detail: interval({ low: 100 * accuracy.low, high: 100 * accuracy.high }),
    }),
  },
  sfd: {
    low: -60,
    middle: 0,
    high: 60,
    cell: ({ sfd }) => sfd && { value: -sfd.value, text: signed(sfd.value, 1), detail: interval(sfd) },
  },
  correlation: {
    low: -1,
    middle: 0,
    high: 1,
    cell: ({ marginCorrelation }) =>
      marginCorrelation && {
        value: -marginCorrelation.pearson,
        text: signed(marginCorrelation.pearson),
        detail: t('cell.rho', { value: signed(marginCorrelation.spearman) }),
      },
  },
}

/** Training source by test source for one side. A cell opens its run. */
export function Matrix({ label, rows, axes, measure }: { label: string; rows: Rows; axes: Axes; measure: Measure }) {
  const scale = SCALES[measure]
  const cellAt = (train: string, test: string) => rows.get(train)?.get(test)
  return (
    <HeatMap
      label={label}
      rowTitle={t('matrix.trainedOn')}
      columnTitle={t('matrix.testedOn')}
      rows={asAxis(axes.train)}
      columns={asAxis(axes.test)}
      {...scale}
      cell={(train, test) => {
        const cell = cellAt(train, test)
        const shown = cell && scale.cell(cell)
        return shown ? { ...shown, title: titleOf(cell), marked: cell.iid } : null
      }}
      onOpen={(train, test) => navigate(`/training/${cellAt(train, test)?.runId ?? ''}`)}
    />
  )
}

/** What the right side has over the left one, cell by cell, in points. Intervals of a difference are not known here. */
export function Difference({ before, after, axes, measure }: { before: Rows; after: Rows; axes: Axes; measure: Measure }) {
  const value = (cell: Cell | undefined): number | null => {
    if (!cell) return null
    if (measure === 'accuracy') return cell.accuracy.value * 100
    return measure === 'sfd' ? (cell.sfd?.value ?? null) : (cell.marginCorrelation?.pearson ?? null)
  }
  const range = measure === 'correlation' ? 1 : 50
  return (
    <HeatMap
      label={t('matrix.difference')}
      rowTitle={t('matrix.trainedOn')}
      columnTitle={t('matrix.testedOn')}
      rows={asAxis(axes.train)}
      columns={asAxis(axes.test)}
      low={-range}
      middle={0}
      high={range}
      cell={(train, test) => {
        const from = value(before.get(train)?.get(test))
        const to = value(after.get(train)?.get(test))
        if (from === null || to === null) return null
        const gain = to - from
        return {
          value: measure === 'accuracy' ? gain : -gain,
          text: signed(gain, measure === 'correlation' ? 2 : 1),
          marked: before.get(train)?.get(test)?.iid,
        }
      }}
    />
  )
}
