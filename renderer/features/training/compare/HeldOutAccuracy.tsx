import { useQuery } from '@tanstack/react-query'
import type { Cell, Run } from '../../../../src/contract/training.ts'
import { api } from '../../../api/client.ts'
import { percent, percentInterval, signed } from '../../../../src/core/format.ts'
import { Panel } from '../../../ui/Panel.tsx'
import { EmptyState, ErrorState, Skeleton } from '../../../ui/states.tsx'
import { Table } from '../../../ui/Table.tsx'
import styles from './ComparePage.module.css'

interface Row {
  source: string
  a: Cell | undefined
  b: Cell | undefined
}

/** Held-out accuracy of two runs, source by source. */
export function HeldOutAccuracy({ left, right }: { left: Run; right: Run }) {
  const report = useQuery(api.evaluation.matrix.queryOptions())
  const cells = report.data?.cells ?? []
  const of = (run: Run, source: string) => cells.find((cell) => cell.runId === run.id && cell.testSource === source)
  const sources = [
    ...new Set(cells.filter((cell) => cell.runId === left.id || cell.runId === right.id).map((cell) => cell.testSource)),
  ].sort()
  const rows: Row[] = sources.map((source) => ({ source, a: of(left, source), b: of(right, source) }))
  return (
    <Panel title="On held-out pairs" detail="Share ranked as labelled, with its 95% interval" flush={rows.length > 0}>
      {report.isPending ? (
        <Skeleton lines={4} label="Loading held-out accuracy" />
      ) : report.isError ? (
        <ErrorState error={report.error} onRetry={() => void report.refetch()} />
      ) : rows.length === 0 ? (
        <EmptyState title="Neither has been tested yet">
          <p>A run is tested on every source once it has trained.</p>
        </EmptyState>
      ) : (
        <Table<Row>
          label="On held-out pairs"
          rows={rows}
          rowKey={({ source }) => source}
          columns={[
            { id: 'source', header: 'Tested on', cell: ({ source }) => source },
            { id: 'a', header: 'One run', align: 'end', cell: ({ a }) => <Accuracy cell={a} /> },
            { id: 'b', header: 'The other', align: 'end', cell: ({ b }) => <Accuracy cell={b} /> },
            {
              id: 'gain',
              header: 'Difference, points',
              align: 'end',
              width: '150px',
              cell: ({ a, b }) => (a && b ? signed((b.accuracy.value - a.accuracy.value) * 100, 1) : '–'),
            },
          ]}
        />
      )}
    </Panel>
  )
}

function Accuracy({ cell }: { cell: Cell | undefined }) {
  if (!cell) return '–'
  return (
    <span className={styles.held}>
      <strong>{percent(cell.accuracy.value)}</strong>
      <span className={styles.quiet}>
        {percentInterval(cell.accuracy)}, {cell.iid ? 'i.i.d.' : 'o.o.d.'}
      </span>
    </span>
  )
}
