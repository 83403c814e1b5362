import { History, Split, Tag, Tags, Trash2 } from 'lucide-react'
import type { BulkAction } from '../../../src/contract/curation.ts'
import type { Command } from '../../commands/registry.ts'
import type { Icon } from '../../ui/Button.tsx'
import { type BulkScope, openCuration } from './dialogs.ts'
import { words } from '../../words/words.ts'

const t = words.curation

/** The bulk actions on this scope of `count` pairs (null while that is being counted), and their history. */
export function bulkCommands(scope: BulkScope, count: number | null) {
  const label = (what: 'discard' | 'tag' | 'untag' | 'split') =>
    count === null ? t(`command.${what}`) : t(scope.kind === 'selected' ? `command.${what}Selected` : `command.${what}All`, { count })
  const make = (action: BulkAction['action'], what: Parameters<typeof label>[0], key: string, icon: Icon): Command => ({
    id: `bulk.${action}`,
    label: label(what),
    keys: [key],
    group: t('group'),
    icon,
    changes: true,
    predicate: () => (count ?? 0) > 0,
    perform: () => openCuration({ kind: 'bulk', action, scope }),
  })
  return {
    discard: make('discard', 'discard', 'd', Trash2),
    tag: make('tag', 'tag', 't', Tag),
    untag: make('untag', 'untag', 'Shift+T', Tags),
    setSplit: make('set-split', 'split', 's', Split),
    history: {
      id: 'bulk.history',
      label: t('history'),
      group: t('group'),
      icon: History,
      perform: () => openCuration({ kind: 'history' }),
    },
  } satisfies Record<string, Command>
}
export type BulkCommands = ReturnType<typeof bulkCommands>
