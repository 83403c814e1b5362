import { History, Split, Tag, Tags, Trash2 } from 'lucide-react'
import type { BulkAction } from '../../../src/contract/curation.ts'
import type { Command } from '../../commands/registry.ts'
import type { Icon } from '../../ui/Button.tsx'
import { plural } from '../../../src/core/format.ts'
import { type BulkScope, openCuration } from './dialogs.ts'

/** The bulk actions on this scope of `count` pairs (null while that is being counted), and their history. */
export function bulkCommands(scope: BulkScope, count: number | null) {
  const what = `${scope.kind === 'selected' ? '' : 'all '}${count === null ? 'pairs' : plural(count, scope.kind === 'selected' ? 'selected pair' : 'pair')}${scope.kind === 'selected' ? '' : ' of the list'}`
  const make = (action: BulkAction['action'], label: string, key: string, icon: Icon): Command => ({
    id: `bulk.${action}`,
    label,
    keys: [key],
    group: 'Pairs',
    icon,
    changes: true,
    predicate: () => (count ?? 0) > 0,
    perform: () => openCuration({ kind: 'bulk', action, scope }),
  })
  return {
    discard: make('discard', `Discard ${what}…`, 'd', Trash2),
    tag: make('tag', `Tag ${what}…`, 't', Tag),
    untag: make('untag', `Remove a tag from ${what}…`, 'Shift+T', Tags),
    setSplit: make('set-split', `Set the split of ${what}…`, 's', Split),
    history: {
      id: 'bulk.history',
      label: 'History of bulk actions…',
      group: 'Pairs',
      icon: History,
      perform: () => openCuration({ kind: 'history' }),
    },
  } satisfies Record<string, Command>
}
export type BulkCommands = ReturnType<typeof bulkCommands>
