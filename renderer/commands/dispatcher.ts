import { chordOf } from './keys.ts'
import { commandFor } from './registry.ts'

const SEQUENCE_MS = 1200

/** Whether keys typed into this element are text, so that only chords with a modifier may be commands. */
function takesText(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  if (target.isContentEditable || target instanceof HTMLTextAreaElement) return true
  if (target instanceof HTMLSelectElement) return true
  return target instanceof HTMLInputElement && !['checkbox', 'radio', 'range', 'button', 'submit'].includes(target.type)
}

/**
 * Turns key presses into commands until the returned function is called. Silent while a modal dialog is open: what lies
 * beneath must not react.
 */
export function listenForKeys(): () => void {
  let pending = ''
  let since = 0

  const receive = (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.isComposing || document.querySelector('dialog:modal')) return
    const chord = chordOf(event)
    if (chord === null) return
    const text = takesText(event.target)
    if (text && !event.ctrlKey && !event.metaKey && !/^(F\d+)$/.test(event.key)) return
    // Keys that the focused control answers by itself.
    if (!event.ctrlKey && !event.metaKey && event.target instanceof HTMLElement && event.target.closest('[popover]')) return
    if (chord === 'Space' && event.target instanceof HTMLInputElement) return
    if ((chord === 'Enter' || chord === 'Space') && event.target instanceof HTMLElement && event.target.closest('button, a, summary, [role=option]')) return

    const now = performance.now()
    const keys = pending && now - since < SEQUENCE_MS ? `${pending} ${chord}` : chord
    let found = commandFor(keys)
    if (found === null && keys !== chord) found = commandFor(chord)
    if (found === 'prefix') {
      pending = keys === chord ? chord : keys
      since = now
      event.preventDefault()
      return
    }
    pending = ''
    // In a field, Mod+Z and its like belong to the text unless a command was meant for the whole window.
    if (found === null || (text && /^Mod\+(Shift\+)?[ZYAXCV]$/.test(chord))) return
    event.preventDefault()
    void found.perform()
  }

  window.addEventListener('keydown', receive)
  return () => window.removeEventListener('keydown', receive)
}
