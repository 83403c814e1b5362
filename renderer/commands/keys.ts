const mac = typeof navigator !== 'undefined' && /Mac|iPhone|iPad/.test(navigator.platform)

const NAMES: Record<string, string> = {
  Mod: mac ? '⌘' : 'Ctrl',
  Shift: mac ? '⇧' : 'Shift',
  Alt: mac ? '⌥' : 'Alt',
  ArrowLeft: '←',
  ArrowRight: '→',
  ArrowUp: '↑',
  ArrowDown: '↓',
  Escape: 'Esc',
  Delete: 'Del',
}

/**
 * A shortcut as people read it, one string a chord. Notation: chords are separated by a space and pressed one after the
 * other (`g o`); within a chord `Mod` (Command on a Mac, Control elsewhere), `Shift` and `Alt` precede the key.
 */
export function shownKeys(keys: string): string[] {
  return keys.split(' ').map((chord) => {
    const parts = chord.split(/\+(?=.)/)
    return parts
      .map((part) => NAMES[part] ?? (part.length === 1 ? part.toUpperCase() : part))
      .join(mac ? '' : '+')
  })
}

/**
 * The chord of a key press in the same notation, or null for a modifier alone. `Shift` is named only where the key does
 * not show it by itself: `?` stays `?`, `Shift+ArrowUp` and `Mod+Shift+B` name it.
 */
export function chordOf(event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>): string | null {
  if (['Control', 'Meta', 'Alt', 'Shift', 'AltGraph'].includes(event.key)) return null
  const mod = mac ? event.metaKey : event.ctrlKey
  const letter = event.key.length === 1
  const printsShift = letter && event.key.toLowerCase() === event.key.toUpperCase()
  const shift = event.shiftKey && !printsShift
  const cased = mod || event.altKey || shift ? event.key.toUpperCase() : event.key.toLowerCase()
  const key = event.key === ' ' ? 'Space' : letter ? cased : event.key
  return [mod && 'Mod', event.altKey && 'Alt', shift && 'Shift', key].filter(Boolean).join('+')
}

/** One notation for comparison: a letter with a modifier is upper case, alone it is lower case. */
export function normalised(keys: string): string {
  return keys
    .split(' ')
    .map((chord) => {
      const parts = chord.split(/\+(?=.)/)
      const key = parts.at(-1) ?? ''
      const held = parts.slice(0, -1)
      const ordered = ['Mod', 'Alt', 'Shift'].filter((name) => held.includes(name))
      return [...ordered, key.length === 1 ? (ordered.length > 0 ? key.toUpperCase() : key.toLowerCase()) : key].join('+')
    })
    .join(' ')
}
