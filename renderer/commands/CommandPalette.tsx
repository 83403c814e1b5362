import { Search } from 'lucide-react'
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react'
import { closeDialog } from '../state/dialogs.ts'
import { Dialog } from '../ui/overlays/Dialog.tsx'
import { isolated } from '../ui/text/direction.ts'
import { Kbd } from '../ui/Kbd.tsx'
import { isComposing } from './keys.ts'
import styles from './CommandPalette.module.css'
import { perform } from './perform.ts'
import { type Command, useAvailableCommands } from './registry.ts'
import { words } from '../words/words.ts'

const t = words.commands

/** All commands that can be done now, found by any of their words. */
export function CommandPalette() {
  const [query, setQuery] = useState('')
  const [at, setAt] = useState(0)
  const list = useRef<HTMLUListElement>(null)
  const offered = useAvailableCommands()
  const found = useMemo(
    () =>
      search(
        offered.filter((command) => !command.keysOnly && command.id !== 'palette.open'),
        query,
      ),
    [offered, query],
  )

  useEffect(() => {
    list.current?.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest' })
  }, [at, found])

  const choose = (command: Command | undefined) => {
    if (!command) return
    closeDialog()
    perform(command)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (isComposing(event.nativeEvent)) return
    if (event.key === 'ArrowDown') setAt(Math.min(found.length - 1, at + 1))
    else if (event.key === 'ArrowUp') setAt(Math.max(0, at - 1))
    else if (event.key === 'Enter') choose(found[at])
    else return
    event.preventDefault()
  }
  return (
    <Dialog title={t('palette.title')} bare onClose={closeDialog}>
      <div className={styles.search}>
        <Search size={16} aria-hidden />
        <input
          type="text"
          dir="auto"
          role="combobox"
          aria-expanded="true"
          aria-controls="palette-list"
          aria-activedescendant={found[at] ? `palette-${found[at].id}` : undefined}
          aria-label={t('palette.find')}
          placeholder={t('palette.placeholder')}
          autoComplete="off"
          spellCheck={false}
          value={query}
          onChange={(event) => {
            setQuery(event.target.value)
            setAt(0)
          }}
          onKeyDown={onKeyDown}
        />
      </div>
      <ul ref={list} id="palette-list" role="listbox" aria-label={t('palette.list')} className={styles.list}>
        {found.map((command, i) => (
          <li
            key={command.id}
            id={`palette-${command.id}`}
            role="option"
            aria-selected={i === at}
            className={styles.item}
            onPointerMove={() => setAt(i)}
            onClick={() => perform(command)}
          >
            {command.icon ? <command.icon size={15} aria-hidden /> : <span className={styles.noIcon} />}
            <span className={styles.label}>{isolated(command.label.replace(/…$/, ''))}</span>
            <span className={styles.group}>{command.group}</span>
            {command.keys?.[0] && <Kbd keys={command.keys[0]} />}
          </li>
        ))}
      </ul>
      {found.length === 0 && <p className={styles.none}>{t('palette.none')}</p>}
    </Dialog>
  )
}

/** Commands whose label or group holds every word of the query; those whose label starts with it come first. */
function search(commands: readonly Command[], query: string): Command[] {
  const parts = query.toLowerCase().split(/\s+/).filter(Boolean)
  const rank = (command: Command) => (command.label.toLowerCase().startsWith(parts[0] ?? '') ? 0 : 1)
  return commands
    .filter((command) => parts.every((word) => `${command.label} ${command.group}`.toLowerCase().includes(word)))
    .sort((a, b) => rank(a) - rank(b))
}
