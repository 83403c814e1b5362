import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { CheckCheck, Download, Ellipsis, Eye, EyeOff, FilterX } from 'lucide-react'
import { useMemo, useRef, useState } from 'react'
import { useSearch } from 'wouter'
import type { PairFilter } from '../../../src/contract/pairs.ts'
import { api } from '../../api/client.ts'
import { CommandButton } from '../../commands/CommandButton.tsx'
import { perform } from '../../commands/perform.ts'
import { available, type Command, useCommands } from '../../commands/registry.ts'
import { openExport } from '../../state/dialogs.ts'
import { navigate } from '../../state/location.ts'
import { type PairQuery, pairsPath, readPairQuery, writePairQuery } from '../../state/pair-query.ts'
import { useReadOnly } from '../../state/read-only.ts'
import { isolated } from '../../ui/text/direction.ts'
import { Page } from '../../ui/Panel.tsx'
import { Menu } from '../../ui/overlays/Popover.tsx'
import { bulkCommands } from '../curation/bulk-commands.ts'
import type { BulkScope } from '../curation/dialogs.ts'
import { SliceMenu } from '../curation/SliceMenu.tsx'
import { describeFilter } from '../../../src/core/pair-filters.ts'
import { FilterBar } from './FilterBar.tsx'
import { Queue } from './Queue.tsx'
import { clearSelection, EVERYTHING, isEmpty, setSelection, useSelection } from './selection.ts'
import { SelectionBar } from './SelectionBar.tsx'
import { words } from '../../words/words.ts'

const t = words.pairs

/** The queue of pairs: filter, order and place are in the address, so back and forward restore them. */
export function PairsPage() {
  const search = useSearch()
  const query = useMemo(() => readPairQuery(search), [search])
  const project = useQuery(api.projects.current.queryOptions())
  const listKey = `${project.data?.path}?${writePairQuery(query)}`
  const searchField = useRef<HTMLInputElement>(null)
  const [labelsHidden, setLabelsHidden] = useState(false)
  const change = (next: PairQuery, options?: { replace?: boolean }) => navigate(pairsPath(next.filter, next.sort), options)
  const counted = useQuery(api.pairs.count.queryOptions({ input: { filter: query.filter }, placeholderData: keepPreviousData }))
  const total = counted.data?.count ?? null
  const unsearched = project.data?.unsearched ?? 0
  const filtered = describeFilter(query.filter)

  const selection = useSelection(listKey)
  const chosen = !isEmpty(selection)
  const byHand: PairFilter | null = chosen && !selection.all ? { pairIds: [...selection.ids] } : null
  const scope: BulkScope = byHand ? { kind: 'selected', filter: byHand } : { kind: 'filter', filter: query.filter }
  const bulk = bulkCommands(scope, byHand ? selection.ids.size : counted.isPlaceholderData ? null : total)

  const labels: Command = {
    id: 'pairs.labels',
    label: t(labelsHidden ? 'command.showLabels' : 'command.hideLabels'),
    keys: ['h'],
    group: t('title'),
    icon: labelsHidden ? EyeOff : Eye,
    perform: () => setLabelsHidden(!labelsHidden),
  }
  const exportShown: Command = {
    id: 'export.open',
    label: byHand ? t('command.exportSelected', { count: selection.ids.size }) : t('command.exportShown'),
    keys: ['Mod+E'],
    group: t('title'),
    icon: Download,
    predicate: () => (total ?? 0) > 0,
    perform: () => openExport(scope.filter),
  }
  const selectAll: Command = {
    id: 'pairs.selectAll',
    label: t('command.selectAll'),
    keys: ['Mod+A'],
    group: t('selectionGroup'),
    icon: CheckCheck,
    predicate: () => (total ?? 0) > 0,
    perform: () => setSelection(listKey, EVERYTHING),
  }
  const clear: Command = {
    id: 'pairs.selectNone',
    label: t('command.selectNone'),
    keys: ['Escape'],
    group: t('selectionGroup'),
    predicate: () => chosen,
    perform: clearSelection,
  }
  useCommands([
    { id: 'pairs.search', label: t('command.search'), keys: ['/'], group: t('title'), perform: () => searchField.current?.focus() },
    {
      id: 'pairs.clear',
      label: t('command.clearFilter'),
      group: t('title'),
      icon: FilterX,
      predicate: () => filtered !== '',
      perform: () => change({ filter: {}, sort: query.sort }),
    },
    labels,
    exportShown,
    selectAll,
    clear,
    ...Object.values(bulk),
  ])
  const refused = useReadOnly() !== null
  const item = (command: Command) => ({
    label: command.label,
    icon: command.icon,
    keys: command.keys?.[0],
    disabled: !available(command) || (refused && command.changes === true),
    onSelect: () => perform(command),
  })

  return (
    <Page
      title={t('title')}
      detail={
        total !== null && (
          <span role="status">
            {t('count', { count: total })}
            {filtered && isolated(` · ${filtered}`)}
            {query.filter.text && unsearched > 0 && ` · ${t('unsearched', { count: unsearched })}`}
          </span>
        )
      }
      actions={
        <>
          <SliceMenu filter={query.filter} />
          <CommandButton command={labels} tone="quiet">
            {t(labelsHidden ? 'labelsHidden' : 'labelsShown')}
          </CommandButton>
          <Menu
            label={t('bulk')}
            align="end"
            button={{ icon: Ellipsis, tone: 'quiet', 'aria-label': t('bulk'), hint: t('bulkHint') }}
            items={[
              item(bulk.tag),
              item(bulk.untag),
              item(bulk.setSplit),
              { ...item(bulk.discard), danger: true },
              'line',
              item(selectAll),
              item(bulk.history),
            ]}
          />
          <CommandButton command={exportShown}>{t('export')}</CommandButton>
        </>
      }
      flush
    >
      <FilterBar query={query} onChange={change} searchField={searchField} />
      <Queue
        key={listKey}
        query={query}
        listKey={listKey}
        total={total}
        labelsHidden={labelsHidden}
        selection={selection}
        onChange={change}
      />
      {chosen && <SelectionBar selection={selection} total={total} commands={bulk} selectAll={selectAll} clear={clear} />}
    </Page>
  )
}
