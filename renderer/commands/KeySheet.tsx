import { useState } from 'react'
import { closeDialog } from '../state/dialogs.ts'
import { Dialog } from '../ui/overlays/Dialog.tsx'
import { Kbd } from '../ui/Kbd.tsx'
import styles from './KeySheet.module.css'
import { allCommands, type Command } from './registry.ts'

/** Every command with a key on this page, by group: made from the commands, so it cannot go stale. */
export function KeySheet() {
  const [groups] = useState(() => {
    const byGroup = new Map<string, Command[]>()
    for (const command of allCommands()) {
      if (command.keys?.length) byGroup.set(command.group, [...(byGroup.get(command.group) ?? []), command])
    }
    return [...byGroup]
  })
  return (
    <Dialog title="Keyboard shortcuts" size="large" onClose={closeDialog}>
      <div className={styles.groups}>
        {groups.map(([group, commands]) => (
          <section key={group} className={styles.group}>
            <h3>{group}</h3>
            <dl>
              {commands.map((command) => (
                <div key={command.id} className={styles.row}>
                  <dt>{command.label.replace(/…$/, '')}</dt>
                  <dd>
                    {command.keys?.map((keys, i) => (
                      <span key={keys}>
                        {i > 0 && <span className={styles.or}>or</span>}
                        <Kbd keys={keys} />
                      </span>
                    ))}
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  )
}
