import { CommandButton } from '../../commands/CommandButton.tsx'
import type { Command } from '../../commands/registry.ts'
import { Kbd } from '../../ui/Kbd.tsx'
import type { ReviewCommands, ReviewMode } from './review-commands.ts'
import styles from './PairPage.module.css'
import { words } from '../../words/words.ts'

const t = words.review

/** What can be said of the pair, with the keys in sight. */
export function ReviewBar({ commands, mode }: { commands: ReviewCommands; mode: ReviewMode }) {
  const button = (command: Command, primary = false) => (
    <CommandButton key={command.id} command={command} tone={primary ? 'primary' : 'plain'}>
      <span className={styles.action}>
        {command.label}
        {command.keys?.[0] && <Kbd keys={command.keys[0]} />}
      </span>
    </CommandButton>
  )
  const decided = mode === 'decided'
  return (
    <footer className={styles.bar} aria-label={t('group')}>
      {mode === 'inspect' ? (
        <>
          {button(commands.keep)}
          {button(commands.flip)}
        </>
      ) : (
        <>
          {button(commands.left)}
          {button(commands.right)}
        </>
      )}
      <span className={styles.divider} aria-hidden />
      {button(commands.tie)}
      {button(commands.edit)}
      {button(commands.discard)}
      <span className={styles.end}>
        <CommandButton command={commands.undo} iconOnly />
        <CommandButton command={commands.redo} iconOnly />
        {button(commands.next, decided)}
      </span>
    </footer>
  )
}
