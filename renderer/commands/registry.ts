import { useEffect, useId, useSyncExternalStore } from 'react'
import type { Icon } from '../ui/Button.tsx'
import { useReadOnly } from '../state/read-only.ts'
import { normalised } from './keys.ts'
import { perform } from './perform.ts'

/** Something the user can do: buttons, shortcuts, the palette, the cheat sheet and the native menu all show this object. */
export interface Command {
  /** `area.verb`; those of `MENU_COMMANDS` are in the shell's menu too. */
  id: string
  label: string
  /** Any of these does it; the first is shown. Notation: see `keys.ts`. */
  keys?: readonly string[]
  /** Heading in palette and cheat sheet. */
  group: string
  icon?: Icon
  /** It changes the project: refused while that is open read-only. */
  changes?: boolean
  /** Whether it can be done now; it can where this is absent. */
  predicate?: () => boolean
  perform: () => void | Promise<void>
  /** Goes on while its key is held down, such as moving through rows. Others happen once a press. */
  repeats?: boolean
  /** Kept out of the palette: moving a selection and the like, which make no sense from there. */
  keysOnly?: boolean
}

type Scope = 'page' | 'app'
const registered = new Map<string, { scope: Scope; commands: readonly Command[] }>()
const listeners = new Set<() => void>()
let version = 0

function changed(): void {
  version++
  for (const listener of listeners) listener()
}

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}

/** What can be done now; it follows what comes later, such as the commands of a list that is still being read. */
export function useAvailableCommands(): Command[] {
  useSyncExternalStore(subscribe, () => version)
  const refused = useReadOnly() !== null
  return allCommands().filter((command) => available(command) && !(refused && command.changes))
}

/** All commands on offer, those of the page before those of the app, each id once. */
export function allCommands(): Command[] {
  const entries = [...registered.values()]
  const ordered = [...entries.filter((entry) => entry.scope === 'page'), ...entries.filter((entry) => entry.scope === 'app')]
  const byId = new Map<string, Command>()
  for (const command of ordered.flatMap((entry) => entry.commands)) if (!byId.has(command.id)) byId.set(command.id, command)
  return [...byId.values()]
}

export const available = (command: Command): boolean => command.predicate?.() ?? true

/** Performs the command of this id; false where there is none now. */
export function runCommand(id: string): boolean {
  const command = allCommands().find((candidate) => candidate.id === id && available(candidate))
  if (!command) return false
  perform(command)
  return true
}

/** Keys that mean two things among these commands: two of them have the keys, or one's keys begin those of another. */
export function ambiguous(commands: readonly Command[]): { keys: string; ids: string[] }[] {
  const all = commands.flatMap(({ id, keys = [] }) => keys.map((key) => ({ id, keys: normalised(key) })))
  return all.flatMap(({ id, keys }) => {
    const ids = [...new Set(all.filter((other) => other.keys === keys || other.keys.startsWith(`${keys} `)).map((other) => other.id))]
    return ids.length > 1 ? [{ keys, ids: [id, ...ids.filter((other) => other !== id)] }] : []
  })
}

/** The command these keys mean now, or `prefix` where more keys may follow. */
export function commandFor(keys: string): Command | 'prefix' | null {
  const offered = allCommands().filter(available)
  const has = (test: (key: string) => boolean) => offered.find((command) => command.keys?.some((key) => test(normalised(key))))
  return has((key) => key === keys) ?? (has((key) => key.startsWith(`${keys} `)) ? 'prefix' : null)
}

/**
 * Offers commands while the component is mounted. They may be new objects in every render. Keys of a page win over those
 * of the app.
 */
export function useCommands(commands: readonly Command[], scope: Scope = 'page'): void {
  const owner = useId()
  useEffect(() => {
    registered.set(owner, { scope, commands })
    changed()
  })
  useEffect(
    () => () => {
      registered.delete(owner)
      changed()
    },
    [owner],
  )
}
