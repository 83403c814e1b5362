import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { FlipKind, Flips as Found, Run } from '../../../../src/contract/training.ts'
import { api, client } from '../../../api/client.ts'
import { navigate } from '../../../state/location.ts'
import { pairsPath } from '../../../state/pair-query.ts'
import { Button } from '../../../ui/Button.tsx'
import { count } from '../../../../src/core/format.ts'
import { Panel } from '../../../ui/Panel.tsx'
import { EmptyState, ErrorState, Skeleton } from '../../../ui/states.tsx'
import { Table } from '../../../ui/Table.tsx'
import { toastError } from '../../../ui/overlays/Toast.tsx'
import { words } from '../../../words/words.ts'

const t = words.training

type Row = Found['sources'][number]

/** The held-out pairs on which two runs do not agree, each count a queue of its pairs. */
export function Flips({ left, right }: { left: Run; right: Run }) {
  const input = { from: left.id, to: right.id }
  const found = useQuery(api.evaluation.flips.queryOptions({ input }))
  const sources = found.data?.sources ?? []
  const all: Row = { source: t('compare.flips.all'), pairs: found.data?.pairs ?? 0, won: sum(sources, 'won'), lost: sum(sources, 'lost') }
  const rows = sources.length > 1 ? [...sources, all] : sources
  const column = (kind: FlipKind) => ({
    id: kind,
    header: t(`compare.flips.${kind}`),
    align: 'end' as const,
    cell: (row: Row) => <Queue runs={input} kind={kind} source={row === all ? undefined : row.source} pairs={row[kind]} />,
  })
  return (
    <Panel title={t('compare.flips.title')} detail={t('compare.flips.detail')} flush={rows.length > 0}>
      {found.isPending ? (
        <Skeleton lines={4} label={t('compare.flips.loading')} />
      ) : found.isError ? (
        <ErrorState error={found.error} onRetry={() => void found.refetch()} />
      ) : rows.length === 0 ? (
        <EmptyState title={t('compare.flips.empty')}>
          <p>{t('compare.flips.emptyDetail')}</p>
        </EmptyState>
      ) : (
        <Table<Row>
          label={t('compare.flips.title')}
          rows={rows}
          rowKey={({ source }) => source}
          columns={[
            { id: 'source', header: t('compare.flips.testedOn'), cell: ({ source }) => source },
            { id: 'pairs', header: t('compare.flips.pairs'), align: 'end', cell: ({ pairs }) => count(pairs) },
            column('won'),
            column('lost'),
          ]}
        />
      )}
    </Panel>
  )
}

const sum = (rows: readonly Row[], kind: FlipKind): number => rows.reduce((total, row) => total + row[kind], 0)

function Queue({
  runs,
  kind,
  source,
  pairs,
}: {
  runs: { from: string; to: string }
  kind: FlipKind
  source: string | undefined
  pairs: number
}) {
  const [busy, setBusy] = useState(false)
  if (pairs === 0) return '0'
  const open = async () => {
    setBusy(true)
    try {
      const set = await client.evaluation.flipped({ ...runs, kind, source })
      if (set) navigate(pairsPath({ set: set.id }))
    } catch (error) {
      toastError(error)
    } finally {
      setBusy(false)
    }
  }
  return (
    <Button
      size="small"
      disabled={busy}
      hint={t('compare.flips.show', { count: pairs })}
      aria-label={
        source ? t(`compare.flips.labelOn.${kind}`, { count: pairs, source }) : t(`compare.flips.label.${kind}`, { count: pairs })
      }
      onClick={() => void open()}
    >
      {count(pairs)}
    </Button>
  )
}
