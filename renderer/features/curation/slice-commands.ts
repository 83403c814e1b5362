import { useQuery } from '@tanstack/react-query'
import { Bookmark, History } from 'lucide-react'
import { api } from '../../api/client.ts'
import { type Command, useCommands } from '../../commands/registry.ts'
import { applySlice } from './curation-actions.ts'
import { openCuration } from './dialogs.ts'

/** Every slice by its name in the command palette, and the history of bulk actions. */
export function useAppSliceCommands(): void {
  const slices = useQuery(api.slices.list.queryOptions())
  const history: Command = {
    id: 'bulk.history',
    label: 'History of bulk actions…',
    group: 'Pairs',
    icon: History,
    perform: () => openCuration({ kind: 'history' }),
  }
  const open = (slices.data ?? []).map((slice): Command => ({
    id: `slice.open.${slice.id}`,
    label: `Slice: ${slice.name}`,
    group: 'Slices',
    icon: Bookmark,
    perform: () => applySlice(slice),
  }))
  useCommands([history, ...open], 'app')
}
