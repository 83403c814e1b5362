import { useSyncExternalStore } from 'react'

/** What Chromium and Electron tell of the keyboard; other browsers have nothing like it. */
type Keyboard = { getLayoutMap(): Promise<Iterable<[code: string, character: string]>> }

/**
 * How the letters of shortcuts are printed on a keyboard: those that none of its keys types stand for the key in that place on a
 * US keyboard, so that its own letter is shown.
 */
export function labelsOf(layout: Iterable<[code: string, character: string]>): Map<string, string> {
  const byCode = new Map(layout)
  const typed = new Set(byCode.values())
  const labels = new Map<string, string>()
  for (const [code, character] of byCode) {
    const letter = /^Key([A-Z])$/.exec(code)?.[1]?.toLowerCase()
    if (letter && !typed.has(letter)) labels.set(letter, character)
  }
  return labels
}

let labels: ReadonlyMap<string, string> = new Map()
const listeners = new Set<() => void>()

async function look(): Promise<void> {
  const { keyboard } = navigator as Navigator & { keyboard?: Keyboard }
  const layout = await keyboard?.getLayoutMap().catch(() => null)
  if (!layout) return
  labels = labelsOf(layout)
  for (const listener of listeners) listener()
}

const lookAgain = (): void => void look()

function subscribe(listener: () => void): () => void {
  if (listeners.size === 0) {
    void look()
    // People change the layout in another window, or by keys that no page is told of.
    window.addEventListener('focus', lookAgain)
  }
  listeners.add(listener)
  return () => {
    listeners.delete(listener)
    if (listeners.size === 0) window.removeEventListener('focus', lookAgain)
  }
}

/** Letters of shortcuts that are printed otherwise on this keyboard; none where the browser does not tell. */
export const useKeyLabels = (): ReadonlyMap<string, string> => useSyncExternalStore(subscribe, () => labels)
