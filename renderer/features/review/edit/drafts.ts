import { create } from 'zustand'

export interface Draft {
  prompt: string
  chosen: string
  rejected: string
}

/** Edits that were begun and not saved, by pair: they outlive the page, so that one can look something up meanwhile. */
export const useDrafts = create<{ drafts: ReadonlyMap<number, Draft> }>(() => ({ drafts: new Map() }))

export const setDraft = (pairId: number, draft: Draft | null): void =>
  useDrafts.setState(({ drafts }) => {
    const next = new Map(drafts)
    if (draft) next.set(pairId, draft)
    else next.delete(pairId)
    return { drafts: next }
  })
