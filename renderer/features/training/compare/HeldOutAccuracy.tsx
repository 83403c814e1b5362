import { useQuery } from '@tanstack/react-query'
import type { Cell, Run } from '../../../../src/contract/training.ts'
import { api } from '../../../api/client.ts'
import { GLOSSARY } from '../../../../src/core/glossary.ts'
import { percent, percentInterval, signed } from '../../../../src/core/format.ts'
import { Panel } from '../../../ui/Panel.tsx'
import { EmptyState, ErrorState, Skeleton } from '../../../ui/states.tsx'
import { Table } from '../../../ui/Table.tsx'
import { words } from '../../../words/words.ts'
import styles from './ComparePage.module.css'

const t = words.training

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
    <Panel title={t('compare.heldOut.title')} detail={t('compare.heldOut.detail')} flush={rows.length > 0}>
      {report.isPending ? (
        <Skeleton lines={4} label={t('compare.heldOut.loading')} />
      ) : report.isError ? (
        <ErrorState error={report.error} onRetry={() => void report.refetch()} />
      ) : rows.length === 0 ? (
        <EmptyState title={t('compare.heldOut.empty')}>
          <p>{t('compare.heldOut.emptyDetail')}</p>
        </EmptyState>
      ) : (
        <Table<Row>
          label={t('compare.heldOut.title')}
          rows={rows}
          rowKey={({ source }) => source}
          columns={[
            { id: 'source', header: t('compare.heldOut.testedOn'), cell: ({ source }) => source },
            { id: 'a', header: t('compare.a'), align: 'end', cell: ({ a }) => <Accuracy cell={a} /> },
            { id: 'b', header: t('compare.b'), align: 'end', cell: ({ b }) => <Accuracy cell={b} /> },
            {
              id: 'gain',
              header: t('compare.heldOut.difference'),
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
        {t('compare.heldOut.cell', {
          interval: percentInterval(cell.accuracy),
          distribution: cell.iid ? GLOSSARY.iid.term : GLOSSARY.ood.term,
        })}
      </span>
    </span>
  )
}
