import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { FlipKind, Flips as Found, Run } from '../../../../src/contract/training.ts'
import { api, client } from '../../../api/client.ts'
import { navigate } from '../../../state/location.ts'
import { pairsPath } from '../../../state/pair-query.ts'
import { Button } from '../../../ui/Button.tsx'
import { count, plural } from '../../../../src/core/format.ts'
import { Panel } from '../../../ui/Panel.tsx'
import { EmptyState, ErrorState, Skeleton } from '../../../ui/states.tsx'
import { Table } from '../../../ui/Table.tsx'
import { toastError } from '../../../ui/overlays/Toast.tsx'

type Row = Found['sources'][number]

/** The held-out pairs on which two runs do not agree, each count a queue of its pairs. */
export function Flips({ left, right }: { left: Run; right: Run }) {
  const input = { from: left.id, to: right.id }
  const found = useQuery(api.evaluation.flips.queryOptions({ input }))
  const sources = found.data?.sources ?? []
  const all: Row = { source: 'All', pairs: found.data?.pairs ?? 0, won: sum(sources, 'won'), lost: sum(sources, 'lost') }
  const rows = sources.length > 1 ? [...sources, all] : sources
  const column = (kind: FlipKind, header: string) => ({
    id: kind,
    header,
    align: 'end' as const,
    cell: (row: Row) => <Queue runs={input} kind={kind} source={row === all ? undefined : row.source} pairs={row[kind]} />,
  })
  return (
    <Panel
      title="Changed predictions"
      detail="Held-out pairs that one run ranks as labelled and the other does not"
      flush={rows.length > 0}
    >
      {found.isPending ? (
        <Skeleton lines={4} label="Loading the pairs that changed sides" />
      ) : found.isError ? (
        <ErrorState error={found.error} onRetry={() => void found.refetch()} />
      ) : rows.length === 0 ? (
        <EmptyState title="No pair was tested by both">
          <p>Runs are compared on the held-out pairs whose texts and labels were the same for both.</p>
        </EmptyState>
      ) : (
        <Table<Row>
          label="Changed predictions"
          rows={rows}
          rowKey={({ source }) => source}
          columns={[
            { id: 'source', header: 'Tested on', cell: ({ source }) => source },
            { id: 'pairs', header: 'Pairs of both', align: 'end', cell: ({ pairs }) => count(pairs) },
            column('won', 'Right in the other alone'),
            column('lost', 'Right in the one alone'),
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
      hint={`Show ${plural(pairs, 'pair')}`}
      aria-label={`${plural(pairs, 'pair')} ${kind}${source ? ` on ${source}` : ''}`}
      onClick={() => void open()}
    >
      {count(pairs)}
    </Button>
  )
}
