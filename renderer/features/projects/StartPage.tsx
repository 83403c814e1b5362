import { FileUp, FolderTree } from 'lucide-react'
import { CommandButton } from '../../commands/CommandButton.tsx'
import type { Command } from '../../commands/registry.ts'
import { Page } from '../../ui/Panel.tsx'
import { EmptyState } from '../../ui/states.tsx'
import styles from './StartPage.module.css'
import { useWizard } from '../import/wizard.ts'
import { CONTAINERS, FORMATS } from '../import/import-words.ts'

/** Nothing is chosen yet: how to choose, and what can be read. */
export function StartPage({ choose, chooseFolder }: { choose: Command; chooseFolder: Command }) {
  const unplaced = useWizard((state) => state.unplaced)
  const names = unplaced.map((name) => `“${name}”`).join(', ')
  return (
    <Page title="Import">
      <EmptyState
        icon={FileUp}
        title={unplaced.length > 0 ? `Where is ${names}?` : 'Choose or drop preference data files'}
        actions={
          <>
            <CommandButton command={choose} tone="primary" />
            <CommandButton command={chooseFolder} icon={FolderTree} />
          </>
        }
      >
        {unplaced.length > 0 ? (
          <p role="status">
            A browser does not tell where a dropped file lies. Choose it in the file browser: it shows the machine that Blindfold runs on.
          </p>
        ) : (
          <p>Blindfold detects the format. Nothing is imported until you start.</p>
        )}
      </EmptyState>
      <section className={styles.known} aria-label="What can be read">
        <p className={styles.containers}>
          {[...new Set(Object.values(CONTAINERS))].map((name) => (
            <span key={name}>{name}</span>
          ))}
          <span>gzip</span>
          <span>Hugging Face folder</span>
        </p>
        <ul className={styles.formats}>
          {Object.values(FORMATS).map((format) => (
            <li key={format.label}>
              <strong>{format.label}</strong>
              <span>{format.shape}</span>
            </li>
          ))}
        </ul>
      </section>
    </Page>
  )
}
