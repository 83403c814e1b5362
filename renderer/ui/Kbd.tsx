import styles from './Kbd.module.css'
import { shownKeys } from '../commands/keys.ts'

/** A shortcut as keycaps: `Mod+K` is one chord, `g o` two keys one after the other. */
export function Kbd({ keys }: { keys: string }) {
  return (
    <span className={styles.keys}>
      {shownKeys(keys).map((chord, i) => (
        <kbd key={i} className={styles.key}>
          {chord}
        </kbd>
      ))}
    </span>
  )
}
