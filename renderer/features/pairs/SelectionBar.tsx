import { X } from 'lucide-react'
import { CommandButton } from '../../commands/CommandButton.tsx'
import type { Command } from '../../commands/registry.ts'
import { count as shownCount, plural } from '../../../src/core/format.ts'
import { Kbd } from '../../ui/Kbd.tsx'
import type { BulkCommands } from '../curation/bulk-commands.ts'
import styles from '../curation/Curation.module.css'
import { MOST_CHOSEN, type Selection } from './selection.ts'

/** What can be done with the pairs that are chosen; there while some are. */
export function SelectionBar({
  selection,
  total,
  commands,
  selectAll,
  clear,
}: {
  selection: Selection
  total: number | null
  commands: BulkCommands
  selectAll: Command
  clear: Command
}) {
  const full = selection.ids.size >= MOST_CHOSEN
  return (
    <section className={styles.bar} aria-label="Selected pairs">
      <span className={styles.barCount} role="status">
        {selection.all
          ? total === null
            ? 'All pairs of the list selected'
            : `All ${plural(total, 'pair')} of the list selected`
          : `${plural(selection.ids.size, 'pair')} selected`}
      </span>
      {full && <span className={styles.note}>No more than {shownCount(MOST_CHOSEN)} can be selected one by one.</span>}
      <CommandButton command={commands.tag} size="small">
        Tag…
      </CommandButton>
      <CommandButton command={commands.untag} size="small">
        Remove tag…
      </CommandButton>
      <CommandButton command={commands.setSplit} size="small">
        Set split…
      </CommandButton>
      <CommandButton command={commands.discard} size="small">
        Discard…
      </CommandButton>
      <span className={styles.spread} />
      {!selection.all && (
        <CommandButton command={selectAll} size="small" tone="quiet">
          Select all{total !== null && ` ${shownCount(total)}`}
        </CommandButton>
      )}
      <CommandButton command={clear} icon={X} size="small" tone="quiet">
        Clear <Kbd keys="Escape" />
      </CommandButton>
    </section>
  )
}
