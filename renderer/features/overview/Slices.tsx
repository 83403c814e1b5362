import { useState } from 'react'
import { Link } from 'wouter'
import type { Report, SliceDimension, SliceRow } from '../../../src/contract/overview.ts'
import { pairsPath } from '../../state/pair-query.ts'
import { Segmented } from '../../ui/Field.tsx'
import { GLOSSARY } from '../../../src/core/glossary.ts'
import { count, percent, percentInterval, pValue } from '../../../src/core/format.ts'
import { IntervalAxis, IntervalBar } from '../../ui/charts/IntervalBar.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { Table } from '../../ui/Table.tsx'
import { linksOf } from './links.ts'
import { words } from '../../words/words.ts'
import styles from './OverviewPage.module.css'

const t = words.overview

/** In the order in which they are offered. */
const DIMENSIONS: readonly SliceDimension[] = ['source', 'split', 'slice', 'tag', 'prompt-type', 'language', 'length-difference']

/** The blind test on parts of the data: where it leaks, and where it does not. */
export function Slices({ report }: { report: Report }) {
  const dimensions = DIMENSIONS.filter((dimension) => report.slices.some((row) => row.dimension === dimension))
  const [chosen, setChosen] = useState<SliceDimension | null>(null)
  const dimension = chosen && dimensions.includes(chosen) ? chosen : dimensions[0]
  if (dimension === undefined) return null
  const name = t(`subsets.dimension.${dimension}`)
  const rows = report.slices.filter((row) => row.dimension === dimension).sort((a, b) => b.blindAccuracy.value - a.blindAccuracy.value)
  return (
    <Panel
      title={t('subsets.title')}
      detail={t('subsets.detail')}
      actions={
        <Segmented
          label={t('subsets.by')}
          value={dimension}
          onChange={setChosen}
          options={dimensions.map((value) => ({ value, label: t(`subsets.dimension.${value}`) }))}
        />
      }
    >
      <Table<SliceRow>
        label={t('subsets.table', { dimension: name.toLowerCase() })}
        rows={rows}
        rowKey={(row) => row.value}
        columns={[
          { id: 'value', header: name, width: '220px', cell: (row) => <Part report={report} row={row} /> },
          { id: 'pairs', header: t('subsets.pairs'), align: 'end', width: '90px', cell: (row) => count(row.pairs) },
          {
            id: 'plot',
            header: <IntervalAxis />,
            cell: (row) => (
              <IntervalBar
                label={row.value}
                marks={[{ label: GLOSSARY.blindAccuracy.term, color: 'var(--accent)', estimate: row.blindAccuracy }]}
              />
            ),
          },
          {
            id: 'accuracy',
            header: GLOSSARY.blindAccuracy.term,
            align: 'end',
            width: '130px',
            cell: (row) => (
              <>
                {percent(row.blindAccuracy.value)}
                <span className={styles.small}>{percentInterval(row.blindAccuracy)}</span>
              </>
            ),
          },
          { id: 'p', header: t('subsets.adjusted'), align: 'end', width: '100px', cell: (row) => pValue(row.adjusted) },
        ]}
      />
      {dimension === 'language' && <p className={styles.muted}>{t('subsets.languages', { count: report.languagesOf })}</p>}
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
