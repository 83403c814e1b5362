import { create } from 'zustand'

/**
 * Which pairs of a list are chosen: some by their numbers, or all that the filter has. `base` is what was chosen before a
 * range was begun at the place `anchor`: the range may still change.
 */
export interface Selection {
  all: boolean
  ids: ReadonlySet<number>
  anchor: number | null
  base: ReadonlySet<number>
}

/** The contract takes so many numbers; who wants more chooses all and filters. */
export const MOST_CHOSEN = 10_000

export const NOTHING: Selection = { all: false, ids: new Set(), anchor: null, base: new Set() }
export const EVERYTHING: Selection = { ...NOTHING, all: true }

export const isChosen = (selection: Selection, pairId: number): boolean => selection.all || selection.ids.has(pairId)
export const isEmpty = (selection: Selection): boolean => !selection.all && selection.ids.size === 0

/** Chooses or leaves out one pair, at this place of the list. Where all were chosen, only this one is afterwards. */
export function toggled(selection: Selection, pairId: number, index: number): Selection {
  const ids = new Set(selection.ids)
  if (!ids.delete(pairId) && ids.size < MOST_CHOSEN) ids.add(pairId)
  return { all: false, ids, anchor: index, base: ids }
}

/** Chooses a range, in place of the range that was chosen from the same anchor before. */
export function ranged(selection: Selection, pairIds: readonly number[], anchor: number): Selection {
  const base = selection.anchor === anchor ? selection.base : selection.ids
  return { all: false, ids: new Set([...base, ...pairIds].slice(0, MOST_CHOSEN)), anchor, base }
}

/** The selection of the list that was worked on last; any other list has none. */
const useStored = create<{ listKey: string; selection: Selection }>(() => ({ listKey: '', selection: NOTHING }))

export const useSelection = (listKey: string): Selection => useStored((state) => (state.listKey === listKey ? state.selection : NOTHING))
export const setSelection = (listKey: string, selection: Selection): void => useStored.setState({ listKey, selection })
export const selectionIn = (listKey: string): Selection => {
  const stored = useStored.getState()
  return stored.listKey === listKey ? stored.selection : NOTHING
}
export const clearSelection = (): void => useStored.setState({ listKey: '', selection: NOTHING })
