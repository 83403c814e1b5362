import { useState } from 'react'
import { Link } from 'wouter'
import type { Report, SliceDimension, SliceRow } from '../../../src/contract/overview.ts'
import { pairsPath } from '../../state/pair-query.ts'
import { Segmented } from '../../ui/Field.tsx'
import { count, percent, percentInterval, pValue } from '../../../src/core/format.ts'
import { IntervalAxis, IntervalBar } from '../../ui/charts/IntervalBar.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { Table } from '../../ui/Table.tsx'
import { linksOf } from './links.ts'
import styles from './OverviewPage.module.css'

const DIMENSIONS: Record<SliceDimension, string> = {
  source: 'Source',
  split: 'Split',
  slice: 'Slice',
  tag: 'Tag',
  'prompt-type': 'Prompt type',
  language: 'Language',
  'length-difference': 'Length of the chosen response',
}

/** The blind test on parts of the data: where it leaks, and where it does not. */
export function Slices({ report }: { report: Report }) {
  const dimensions = (Object.keys(DIMENSIONS) as SliceDimension[]).filter((dimension) =>
    report.slices.some((row) => row.dimension === dimension),
  )
  const [chosen, setChosen] = useState<SliceDimension | null>(null)
  const dimension = chosen && dimensions.includes(chosen) ? chosen : dimensions[0]
  if (dimension === undefined) return null
  const rows = report.slices.filter((row) => row.dimension === dimension).sort((a, b) => b.blindAccuracy.value - a.blindAccuracy.value)
  return (
    <Panel
      title="Blind accuracy by subset"
      detail="Holm-adjusted p-values. Subsets with fewer than 10 groups are not shown."
      actions={
        <Segmented
          label="Subsets by"
          value={dimension}
          onChange={setChosen}
          options={dimensions.map((value) => ({ value, label: DIMENSIONS[value] }))}
        />
      }
    >
      <Table<SliceRow>
        label={`Blind accuracy by ${DIMENSIONS[dimension].toLowerCase()}`}
        rows={rows}
        rowKey={(row) => row.value}
        columns={[
          { id: 'value', header: DIMENSIONS[dimension], width: '220px', cell: (row) => <Part report={report} row={row} /> },
          { id: 'pairs', header: 'Pairs', align: 'end', width: '90px', cell: (row) => count(row.pairs) },
          {
            id: 'plot',
            header: <IntervalAxis />,
            cell: (row) => (
              <IntervalBar label={row.value} marks={[{ label: 'Blind accuracy', color: 'var(--accent)', estimate: row.blindAccuracy }]} />
            ),
          },
          {
            id: 'accuracy',
            header: 'Blind accuracy',
            align: 'end',
            width: '130px',
            cell: (row) => (
              <>
                {percent(row.blindAccuracy.value)}
                <span className={styles.small}>{percentInterval(row.blindAccuracy)}</span>
              </>
            ),
          },
          { id: 'p', header: 'Adjusted', align: 'end', width: '100px', cell: (row) => pValue(row.adjusted) },
        ]}
      />
      {dimension === 'language' && (
        <p className={styles.muted}>Detected for {count(report.languagesOf)} pairs, from the prompt and the chosen response.</p>
      )}
    </Panel>
  )
}

function Part({ report, row }: { report: Report; row: SliceRow }) {
  const filter = linksOf(report).slice(row)
  return filter ? (
    <Link href={pairsPath(filter)} dir="auto">
      {row.value}
    </Link>
  ) : (
    row.value
  )
}
