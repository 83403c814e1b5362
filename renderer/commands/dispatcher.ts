import { chordsOf, isAltGr } from './keys.ts'
import { perform } from './perform.ts'
import { type Command, commandFor } from './registry.ts'

const SEQUENCE_MS = 1200

/** Whether keys typed into this element are text, so that only chords with a modifier may be commands. */
function takesText(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  if (target.isContentEditable || target instanceof HTMLTextAreaElement) return true
  if (target instanceof HTMLSelectElement) return true
  return target instanceof HTMLInputElement && !['checkbox', 'radio', 'range', 'button', 'submit'].includes(target.type)
}

/** The first of these keys that mean something now. */
function firstOf(candidates: readonly string[]): { keys: string; found: Command | 'prefix' | null } {
  for (const keys of candidates) {
    const found = commandFor(keys)
    if (found !== null) return { keys, found }
  }
  return { keys: '', found: null }
}

/**
 * Turns key presses into commands until the returned function is called. Silent while a modal dialog is open: what lies
 * beneath must not react.
 */
export function listenForKeys(): () => void {
  let pending = ''
  let since = 0

  const receive = (event: KeyboardEvent) => {
    if (event.defaultPrevented || document.querySelector('dialog:modal')) return
    const chords = chordsOf(event)
    const [chord] = chords
    if (chord === undefined) return
    const text = takesText(event.target)
    const withModifier = (event.ctrlKey || event.metaKey) && !isAltGr(event)
    if (text && !withModifier && !/^(F\d+)$/.test(event.key)) return
    // Keys that the focused control answers by itself.
    if (!withModifier && event.target instanceof HTMLElement && event.target.closest('[popover]')) return
    if (chord === 'Space' && event.target instanceof HTMLInputElement) return
    if (
      (chord === 'Enter' || chord === 'Space') &&
      event.target instanceof HTMLElement &&
      event.target.closest('button, a, summary, [role=option]')
    )
      return

    const now = performance.now()
    const begun = pending && now - since < SEQUENCE_MS ? chords.map((each) => `${pending} ${each}`) : []
    const { keys, found } = firstOf([...begun, ...chords])
    if (found === 'prefix') {
      if (!event.repeat) [pending, since] = [keys, now]
      event.preventDefault()
      return
    }
    pending = ''
    // In a field, Mod+Z and its like belong to the text unless a command was meant for the whole window.
    if (found === null || (text && /^Mod\+(Shift\+)?[ZYAXCV]$/.test(chord))) return
    event.preventDefault()
    // A label is said once, however long its key is held.
    if (!event.repeat || found.repeats) perform(found)
  }

  window.addEventListener('keydown', receive)
  return () => window.removeEventListener('keydown', receive)
}
