import { useQuery } from '@tanstack/react-query'
import { Bookmark, History } from 'lucide-react'
import { api } from '../../api/client.ts'
import { type Command, useCommands } from '../../commands/registry.ts'
import { applySlice } from './curation-actions.ts'
import { openCuration } from './dialogs.ts'
import { words } from '../../words/words.ts'

const t = words.curation

/** Every slice by its name in the command palette, and the history of bulk actions. */
export function useAppSliceCommands(): void {
  const slices = useQuery(api.slices.list.queryOptions())
  const history: Command = {
    id: 'bulk.history',
    label: t('history'),
    group: t('group'),
    icon: History,
    perform: () => openCuration({ kind: 'history' }),
  }
  const open = (slices.data ?? []).map((slice): Command => ({
    id: `slice.open.${slice.id}`,
    label: t('slice.open', { name: slice.name }),
    group: t('slice.title'),
    icon: Bookmark,
    perform: () => applySlice(slice),
  }))
  useCommands([history, ...open], 'app')
}
