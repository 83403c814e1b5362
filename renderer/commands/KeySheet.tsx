import { useState } from 'react'
import { closeDialog } from '../state/dialogs.ts'
import { Dialog } from '../ui/overlays/Dialog.tsx'
import { Kbd } from '../ui/Kbd.tsx'
import styles from './KeySheet.module.css'
import { allCommands, type Command } from './registry.ts'
import { words } from '../words/words.ts'

const t = words.commands

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
    <Dialog title={t('keys.title')} size="large" onClose={closeDialog}>
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
                        {i > 0 && <span className={styles.or}>{t('keys.or')}</span>}
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
