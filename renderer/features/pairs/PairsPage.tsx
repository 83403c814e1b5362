import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Download, Eye, EyeOff, FilterX, Import as ImportIcon, ListChecks } from 'lucide-react'
import { useCallback, useMemo, useRef, useState } from 'react'
import { useSearch } from 'wouter'
import { api } from '../../api/client.ts'
import { CommandButton } from '../../commands/CommandButton.tsx'
import { type Command, useCommands } from '../../commands/registry.ts'
import { openExport } from '../../state/dialogs.ts'
import { navigate } from '../../state/location.ts'
import { pairPath, type PairQuery, pairsPath, readPairQuery, writePairQuery } from '../../state/pair-query.ts'
import { Button } from '../../ui/Button.tsx'
import { count, plural } from '../../ui/format.ts'
import { Page } from '../../ui/Panel.tsx'
import { EmptyState, ErrorState, Skeleton } from '../../ui/states.tsx'
import { describeFilter } from './filter-text.ts'
import { FilterBar } from './FilterBar.tsx'
import { PairList } from './PairList.tsx'
import { placeIn, rememberPlace } from './place.ts'

const PAGE = 200

/** The queue of pairs: filter, order and place are in the address, so back and forward restore them. */
export function PairsPage() {
  const search = useSearch()
  const query = useMemo(() => readPairQuery(search), [search])
  const listKey = writePairQuery(query)
  const searchField = useRef<HTMLInputElement>(null)
  const [labelsHidden, setLabelsHidden] = useState(false)
  const change = (next: PairQuery, options?: { replace?: boolean }) => navigate(pairsPath(next.filter, next.sort), options)
  const total = useQuery(api.pairs.count.queryOptions({ input: { filter: query.filter }, placeholderData: keepPreviousData }))
  const filtered = describeFilter(query.filter)

  const labels: Command = {
    id: 'pairs.labels',
    label: labelsHidden ? 'Show which response is chosen' : 'Hide which response is chosen',
    keys: ['h'],
    group: 'Pairs',
    icon: labelsHidden ? EyeOff : Eye,
    perform: () => setLabelsHidden(!labelsHidden),
  }
  const exportShown: Command = {
    id: 'export.open',
    label: 'Export these pairs…',
    keys: ['Mod+E'],
    group: 'Pairs',
    icon: Download,
    predicate: () => (total.data?.count ?? 0) > 0,
    perform: () => openExport(query.filter),
  }
  useCommands([
    { id: 'pairs.search', label: 'Search in the texts', keys: ['/'], group: 'Pairs', perform: () => searchField.current?.focus() },
    { id: 'pairs.clear', label: 'Clear the filter', group: 'Pairs', icon: FilterX, predicate: () => filtered !== '', perform: () => change({ filter: {}, sort: query.sort }) },
    labels,
    exportShown,
  ])

  return (
    <Page
      title="Pairs"
      detail={
        total.data && (
          <span role="status">
            {plural(total.data.count, 'pair')}
            {filtered && ` · ${filtered}`}
          </span>
        )
      }
      actions={
        <>
          <CommandButton command={labels} tone="quiet">
            {labelsHidden ? 'Labels hidden' : 'Labels shown'}
          </CommandButton>
          <CommandButton command={exportShown}>Export…</CommandButton>
        </>
      }
      flush
    >
      <FilterBar query={query} onChange={change} searchField={searchField} />
      <Rows key={listKey} query={query} listKey={listKey} total={total.data?.count ?? null} labelsHidden={labelsHidden} onChange={change} />
    </Page>
  )
}

function Rows({ query, listKey, total, labelsHidden, onChange }: {
  query: PairQuery
  listKey: string
  total: number | null
  labelsHidden: boolean
  onChange: (query: PairQuery) => void
}) {
  const project = useQuery(api.projects.current.queryOptions())
  const pages = useInfiniteQuery(
    api.pairs.list.infiniteOptions({
      input: (cursor: string | null) => ({ filter: query.filter, sort: query.sort, cursor, limit: PAGE }),
      initialPageParam: null as string | null,
      getNextPageParam: (page) => page.nextCursor,
    }),
  )
  const rows = useMemo(() => pages.data?.pages.flatMap((page) => page.rows) ?? [], [pages.data])
  const [activeId, setActiveId] = useState(() => placeIn(listKey).pairId)
  const activate = (pairId: number) => {
    rememberPlace(listKey, { pairId })
    setActiveId(pairId)
  }
  const open = (pairId: number) => {
    activate(pairId)
    navigate(pairPath(pairId, query))
  }
  const step = (by: number) => {
    const at = rows.findIndex((row) => row.pairId === activeId)
    const next = rows[at < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, at + by))]
    if (next) activate(next.pairId)
  }
  const hasRows = () => rows.length > 0
  useCommands([
    { id: 'pairs.next', label: 'Next row', keys: ['j', 'ArrowDown'], group: 'Pairs', predicate: hasRows, perform: () => step(1), keysOnly: true },
    { id: 'pairs.previous', label: 'Previous row', keys: ['k', 'ArrowUp'], group: 'Pairs', predicate: hasRows, perform: () => step(-1), keysOnly: true },
    { id: 'pairs.pageDown', label: 'Ten rows down', keys: ['PageDown'], group: 'Pairs', predicate: hasRows, perform: () => step(10), keysOnly: true },
    { id: 'pairs.pageUp', label: 'Ten rows up', keys: ['PageUp'], group: 'Pairs', predicate: hasRows, perform: () => step(-10), keysOnly: true },
    { id: 'pairs.open', label: 'Open the pair', keys: ['Enter', 'o'], group: 'Pairs', predicate: hasRows, perform: () => open(activeId ?? rows[0]?.pairId ?? 0) },
  ])
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = pages
  const loadMore = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage()
  }, [hasNextPage, isFetchingNextPage, fetchNextPage])

  if (pages.isPending) return <Skeleton lines={12} height={22} label="Loading pairs" />
  if (pages.isError && rows.length === 0) return <ErrorState error={pages.error} onRetry={() => void pages.refetch()} />
  if (rows.length === 0 && !project.data?.pairs) {
    return (
      <EmptyState
        icon={ImportIcon}
        title="No pairs yet"
        actions={
          <Button tone="primary" icon={ImportIcon} onClick={() => navigate('/import')}>
            Import a file…
          </Button>
        }
      >
        <p>Import preference pairs to list, filter and review them.</p>
      </EmptyState>
    )
  }
  if (rows.length === 0) {
    return (
      <EmptyState
        icon={ListChecks}
        title="No pair passes this filter"
        actions={<Button onClick={() => onChange({ filter: {}, sort: query.sort })}>Show all {count(project.data?.pairs ?? 0)} pairs</Button>}
      >
        <p>{describeFilter(query.filter)}</p>
      </EmptyState>
    )
  }
  return (
    <PairList
      rows={rows}
      total={total}
      more={hasNextPage}
      loadMore={loadMore}
      activeId={activeId}
      labelsHidden={labelsHidden}
      listKey={listKey}
      sort={query.sort}
      onSort={(sort) => onChange({ filter: query.filter, sort })}
      onOpen={open}
      onActivate={activate}
    />
  )
}
