import { shownKeys } from '../commands/keys.ts'
import { useKeyLabels } from '../commands/layout.ts'
import styles from './Kbd.module.css'

/** A shortcut as keycaps: `Mod+K` is one chord, `g o` two keys one after the other. */
export function Kbd({ keys }: { keys: string }) {
  const labels = useKeyLabels()
  return (
    <span className={styles.keys}>
      {shownKeys(keys, labels).map((chord, i) => (
        <kbd key={i} className={styles.key}>
          {chord}
        </kbd>
      ))}
    </span>
  )
}
