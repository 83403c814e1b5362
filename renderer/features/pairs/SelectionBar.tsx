import { X } from 'lucide-react'
import { CommandButton } from '../../commands/CommandButton.tsx'
import type { Command } from '../../commands/registry.ts'
import { Kbd } from '../../ui/Kbd.tsx'
import type { BulkCommands } from '../curation/bulk-commands.ts'
import styles from '../curation/Curation.module.css'
import { MOST_CHOSEN, type Selection } from './selection.ts'
import { words } from '../../words/words.ts'

const t = words.pairs

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
    <section className={styles.bar} aria-label={t('selection.label')}>
      <span className={styles.barCount} role="status">
        {selection.all
          ? total === null
            ? t('selection.allUncounted')
            : t('selection.all', { count: total })
          : t('selection.some', { count: selection.ids.size })}
      </span>
      {full && <span className={styles.note}>{t('selection.most', { count: MOST_CHOSEN })}</span>}
      <CommandButton command={commands.tag} size="small">
        {t('selection.tag')}
      </CommandButton>
      <CommandButton command={commands.untag} size="small">
        {t('selection.untag')}
      </CommandButton>
      <CommandButton command={commands.setSplit} size="small">
        {t('selection.setSplit')}
      </CommandButton>
      <CommandButton command={commands.discard} size="small">
        {t('selection.discard')}
      </CommandButton>
      <span className={styles.spread} />
      {!selection.all && (
        <CommandButton command={selectAll} size="small" tone="quiet">
          {total === null ? t('selection.selectAllUncounted') : t('selection.selectAll', { count: total })}
        </CommandButton>
      )}
      <CommandButton command={clear} icon={X} size="small" tone="quiet">
        {t('selection.clear')} <Kbd keys="Escape" />
      </CommandButton>
    </section>
  )
}
