import { create } from 'zustand'
import type { BulkAction, Slice } from '../../../src/contract/curation.ts'
import type { PairFilter } from '../../../src/contract/pairs.ts'

/** What a bulk action is to change: the pairs that a filter has. */
export interface BulkScope {
  filter: PairFilter
  /** `selected`: chosen by hand, by their numbers. `filter`: everything that the list has. */
  kind: 'selected' | 'filter'
}

export type CurationDialog =
  | { kind: 'bulk'; action: BulkAction['action']; scope: BulkScope }
  | { kind: 'history' }
  | { kind: 'save-slice'; filter: PairFilter }
  | { kind: 'rename-slice'; slice: Slice }

/** The dialog of curation that is open, if any. */
export const useCurationDialog = create<{ open: CurationDialog | null }>(() => ({ open: null }))
export const openCuration = (open: CurationDialog): void => useCurationDialog.setState({ open })
export const closeCuration = (): void => useCurationDialog.setState({ open: null })
