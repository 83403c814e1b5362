import { create } from 'zustand'
import type { PairFilter } from '../../src/contract/pairs.ts'

/** The dialogs that any place may open. At most one is open. */
export type OpenDialog = 'palette' | 'keys' | 'settings' | 'export' | 'demo' | 'scan' | 'probe' | 'new-project' | 'new-demo' | 'untrusted'

export const useDialogs = create<{ open: OpenDialog | null; exportFilter: PairFilter }>(() => ({ open: null, exportFilter: {} }))
export const openDialog = (open: OpenDialog): void => useDialogs.setState({ open, exportFilter: {} })
/** Opens the export of the pairs that a list shows. */
export const openExport = (exportFilter: PairFilter): void => useDialogs.setState({ open: 'export', exportFilter })
export const closeDialog = (): void => useDialogs.setState({ open: null })
