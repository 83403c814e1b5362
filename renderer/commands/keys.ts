import { words } from '../words/words.ts'

const t = words.commands
const mac = typeof navigator !== 'undefined' && /Mac|iPhone|iPad/.test(navigator.platform)

const NAMES: Record<string, string> = {
  Mod: mac ? '⌘' : t('keys.control'),
  Shift: mac ? '⇧' : t('keys.shift'),
  Alt: mac ? '⌥' : t('keys.alt'),
  ArrowLeft: '←',
  ArrowRight: '→',
  ArrowUp: '↑',
  ArrowDown: '↓',
  Escape: t('keys.escape'),
  Delete: t('keys.delete'),
  Enter: t('keys.enter'),
  Space: t('keys.space'),
  Home: t('keys.home'),
  End: t('keys.end'),
  PageUp: t('keys.pageUp'),
  PageDown: t('keys.pageDown'),
}

/**
 * A shortcut as people read it, one string a chord. Notation: chords are separated by a space and pressed one after the
 * other (`g o`); within a chord `Mod` (Command on a Mac, Control elsewhere), `Shift` and `Alt` precede the key. `labels` holds
 * letters that are printed otherwise on this keyboard.
 */
export function shownKeys(keys: string, labels: ReadonlyMap<string, string> = new Map()): string[] {
  return keys.split(' ').map((chord) => {
    const parts = chord.split(/\+(?=.)/)
    return parts
      .map((part) => NAMES[part] ?? (part.length === 1 ? (labels.get(part.toLowerCase()) ?? part).toUpperCase() : part))
      .join(mac ? '' : '+')
  })
}

/** What a key press tells; `code` names the key by its place on a US keyboard, or is empty where that is not known. */
export type KeyPress = Pick<KeyboardEvent, 'key' | 'code' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey' | 'isComposing' | 'keyCode'> & {
  getModifierState?: KeyboardEvent['getModifierState']
}

/** Modifiers alone, dead keys, and keys that an input method takes. */
const SILENT = new Set([
  'Control',
  'Meta',
  'Alt',
  'Shift',
  'AltGraph',
  'CapsLock',
  'NumLock',
  'Fn',
  'Dead',
  'Process',
  'Unidentified',
  'Compose',
])
const TAKEN_BY_INPUT_METHOD = 229

/** Whether an input method is at work on the text: Enter and Escape are its own then. */
export const isComposing = (press: Pick<KeyPress, 'isComposing' | 'keyCode'>): boolean =>
  press.isComposing || press.keyCode === TAKEN_BY_INPUT_METHOD

/** Whether the press types a character by AltGr, which some systems report as Control and Alt. */
export function isAltGr(press: KeyPress): boolean {
  const { key, ctrlKey, altKey } = press
  if ([...key].length !== 1) return false
  if (press.getModifierState?.('AltGraph')) return true
  // Option on a Mac, and systems that do not tell AltGr from both keys: no letter or digit of the key itself comes out.
  return altKey && (mac || ctrlKey) && key !== ' ' && !/^[a-z0-9]$/i.test(key)
}

/**
 * The chords that a key press may mean, in the order in which they are tried; none for a modifier alone and whatever an input
 * method takes. First the character that was typed. A letter of another script than Latin means the key's place on a US keyboard
 * in its stead; the keys of the digits row also mean their digit where they type something else, as on AZERTY.
 * `Shift` is named only where the key does not show it by itself: `?` stays `?`, `Shift+ArrowUp` and `Mod+Shift+B` name it.
 */
export function chordsOf(press: KeyPress): string[] {
  const { key, code = '', shiftKey } = press
  if (isComposing(press) || SILENT.has(key)) return []
  const typed = isAltGr(press)
  const held = {
    mod: !typed && (mac ? press.metaKey : press.ctrlKey),
    alt: !typed && press.altKey,
    shift: shiftKey,
  }
  if ([...key].length !== 1) return [chord(key, held)]
  if (isForeign(key)) {
    const physical = usKey(code, shiftKey)
    return physical === null ? [] : [chord(physical, held)]
  }
  const digit = /^Digit(\d)$/.exec(code)?.[1]
  return [chord(key, held), ...(digit !== undefined && !shiftKey && !typed && !/\d/.test(key) ? [chord(digit, held)] : [])]
}

type Held = { mod: boolean; alt: boolean; shift: boolean }

function chord(key: string, { mod, alt, shift }: Held): string {
  const single = [...key].length === 1
  const printsShift = single && key.toLowerCase() === key.toUpperCase() && key !== ' '
  const named = shift && !printsShift
  const cased = mod || alt || named ? key.toUpperCase() : key.toLowerCase()
  return [mod && 'Mod', alt && 'Alt', named && 'Shift', key === ' ' ? 'Space' : single ? cased : key].filter(Boolean).join('+')
}

/** A letter or digit that no Latin keyboard types. */
const isForeign = (key: string): boolean => /[\p{L}\p{N}№]/u.test(key) && !/[\p{Script=Latin}0-9]/u.test(key)

const SIGNS: Record<string, string> = {
  Backquote: '`~',
  Minus: '-_',
  Equal: '=+',
  BracketLeft: '[{',
  BracketRight: ']}',
  Backslash: '\\|',
  Semicolon: ';:',
  Quote: '\'"',
  Comma: ',<',
  Period: '.>',
  Slash: '/?',
}

/** What the key types on a US keyboard; null for other keys. */
function usKey(code: string, shift: boolean): string | null {
  const letter = /^Key([A-Z])$/.exec(code)?.[1]
  if (letter) return letter.toLowerCase()
  const digit = /^Digit(\d)$/.exec(code)?.[1]
  const both = digit === undefined ? SIGNS[code] : digit + (')!@#$%^&*('[Number(digit)] as string)
  return both?.[shift ? 1 : 0] ?? null
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
