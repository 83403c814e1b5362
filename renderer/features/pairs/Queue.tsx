import { useQuery } from '@tanstack/react-query'
import { Import as ImportIcon, ListChecks } from 'lucide-react'
import { useCallback, useRef, useState } from 'react'
import { api } from '../../api/client.ts'
import { type Command, useCommands } from '../../commands/registry.ts'
import { navigate } from '../../state/location.ts'
import { pairPath, type PairQuery } from '../../state/pair-query.ts'
import { Button } from '../../ui/Button.tsx'
import { isolated } from '../../ui/text/direction.ts'
import { EmptyState, ErrorState, Skeleton } from '../../ui/states.tsx'
import { toastError } from '../../ui/overlays/Toast.tsx'
import { describeFilter } from '../../../src/core/pair-filters.ts'
import { focusRows, PairList } from './PairList.tsx'
import type { Pick } from './PairRows.tsx'
import { placeIn, rememberPlace } from './place.ts'
import { EVERYTHING, NOTHING, ranged, type Selection, selectionIn, setSelection, toggled } from './selection.ts'
import { usePairPages } from './use-pair-pages.ts'
import { words } from '../../words/words.ts'

const t = words.pairs

const GROUP = t('title')

/** The rows of one queue: where the reader is in it, and which pairs they have chosen. */
export function Queue({
  query,
  listKey,
  total,
  labelsHidden,
  selection,
  onChange,
}: {
  query: PairQuery
  /** Names project, filter and order. */
  listKey: string
  total: number | null
  labelsHidden: boolean
  selection: Selection
  onChange: (query: PairQuery) => void
}) {
  const project = useQuery(api.projects.current.queryOptions())
  const { pages, state } = usePairPages(listKey, query)
  const [place, setPlace] = useState(() => placeIn(listKey))
  // Rows before it may have come or gone since: the pair counts, not its place.
  const at =
    place.pairId !== null && state.row(place.index)?.pairId !== place.pairId ? (pages.find(place.pairId) ?? place.index) : place.index
  const last = (state.ended ? state.length : Math.max(state.length, total ?? 0)) - 1
  const active = Math.min(at, last)

  const activate = useCallback(
    (index: number) => {
      const next = { index, pairId: pages.state().row(index)?.pairId ?? null }
      rememberPlace(listKey, next)
      setPlace(placeIn(listKey))
    },
    [pages, listKey],
  )
  const open = useCallback(
    (index: number) => {
      const row = pages.state().row(index)
      if (!row) return
      activate(index)
      navigate(pairPath(row.pairId, query))
    },
    [pages, activate, query],
  )
  const latest = useRef(0)
  const chooseRange = useCallback(
    async (from: number, to: number) => {
      const mine = ++latest.current
      const anchor = selectionIn(listKey).anchor ?? from
      activate(to)
      try {
        const ids = await pages.ids(Math.min(anchor, to), Math.max(anchor, to))
        if (mine === latest.current) setSelection(listKey, ranged(selectionIn(listKey), ids, anchor))
      } catch (error) {
        toastError(error)
      }
    },
    [pages, listKey, activate],
  )
  const toggle = useCallback(
    (index: number) => {
      const row = pages.state().row(index)
      if (!row) return
      activate(index)
      setSelection(listKey, toggled(selectionIn(listKey), row.pairId, index))
    },
    [pages, listKey, activate],
  )
  const pick = useCallback(
    (index: number, how: Pick) => {
      if (how === 'open') open(index)
      else if (how === 'toggle') toggle(index)
      else void chooseRange(Math.max(0, placeIn(listKey).index), index)
    },
    [open, toggle, chooseRange, listKey],
  )

  const stepped = (by: number) => (active < 0 ? 0 : Math.min(last, Math.max(0, active + by)))
  const hasRows = () => state.length > 0
  const move = (id: string, label: string, keys: string[], to: () => number): Command => ({
    id: `pairs.${id}`,
    label,
    keys,
    group: GROUP,
    predicate: hasRows,
    perform: () => {
      focusRows()
      activate(to())
    },
    keysOnly: true,
    repeats: true,
  })
  const extend = (id: string, label: string, keys: string[], by: number): Command => ({
    id: `pairs.${id}`,
    label,
    keys,
    group: t('selectionGroup'),
    predicate: hasRows,
    perform: () => {
      focusRows()
      return chooseRange(Math.max(0, active), stepped(by))
    },
    keysOnly: true,
    repeats: true,
  })
  useCommands([
    move('next', t('command.next'), ['j', 'ArrowDown'], () => stepped(1)),
    move('previous', t('command.previous'), ['k', 'ArrowUp'], () => stepped(-1)),
    move('pageDown', t('command.pageDown'), ['PageDown'], () => stepped(10)),
    move('pageUp', t('command.pageUp'), ['PageUp'], () => stepped(-10)),
    move('first', t('command.first'), ['Home'], () => 0),
    move('last', t('command.last'), ['End'], () => last),
    {
      id: 'pairs.toggle',
      label: t('command.toggle'),
      keys: ['Space', 'x'],
      group: t('selectionGroup'),
      predicate: hasRows,
      perform: () => toggle(Math.max(0, active)),
      keysOnly: true,
    },
    extend('extendDown', t('command.extendDown'), ['Shift+ArrowDown', 'Shift+J'], 1),
    extend('extendUp', t('command.extendUp'), ['Shift+ArrowUp', 'Shift+K'], -1),
    extend('extendPageDown', t('command.extendPageDown'), ['Shift+PageDown'], 10),
    extend('extendPageUp', t('command.extendPageUp'), ['Shift+PageUp'], -10),
    {
      id: 'pairs.open',
      label: t('command.open'),
      keys: ['Enter', 'o'],
      group: GROUP,
      predicate: hasRows,
      perform: () => open(Math.max(0, active)),
    },
  ])
  const onSight = useCallback((first: number, end: number) => pages.show(first, Math.max(first, end)), [pages])
  const onSort = useCallback((sort: PairQuery['sort']) => onChange({ filter: query.filter, sort }), [onChange, query.filter])

  const none = state.length === 0
  if (none && state.error) return <ErrorState error={state.error} onRetry={pages.retry} />
  if (none && state.ended) {
    const all = project.data?.pairs ?? 0
    return all === 0 ? (
      <EmptyState
        icon={ImportIcon}
        title={t('queue.empty')}
        actions={
          <Button tone="primary" changes icon={ImportIcon} onClick={() => navigate('/import')}>
            {t('queue.import')}
          </Button>
        }
      >
        <p>{t('queue.emptyDetail')}</p>
      </EmptyState>
    ) : (
      <EmptyState
        icon={ListChecks}
        title={t('queue.noMatch')}
        actions={<Button onClick={() => onChange({ filter: {}, sort: query.sort })}>{t('queue.showAll', { count: all })}</Button>}
      >
        <p>{isolated(describeFilter(query.filter))}</p>
      </EmptyState>
    )
  }
  if (none) return <Skeleton lines={12} height={22} label={t('queue.loading')} />
  return (
    <PairList
      state={state}
      total={total}
      active={active}
      selection={selection}
      labelsHidden={labelsHidden}
      search={query.filter.text ?? ''}
      listKey={listKey}
      sort={query.sort}
      onSort={onSort}
      onSight={onSight}
      onPick={pick}
      onActivate={activate}
      onSelectAll={() => setSelection(listKey, selection.all ? NOTHING : EVERYTHING)}
    />
  )
}
