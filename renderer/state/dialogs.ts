import { create } from 'zustand'

/** The dialogs that any place may open. At most one is open. */
export type OpenDialog = 'palette' | 'keys' | 'settings' | 'export' | 'demo' | 'scan' | 'new-project' | 'new-demo'

export const useDialogs = create<{ open: OpenDialog | null }>(() => ({ open: null }))
export const openDialog = (open: OpenDialog): void => useDialogs.setState({ open })
export const closeDialog = (): void => useDialogs.setState({ open: null })
