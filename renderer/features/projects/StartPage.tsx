import { FileUp, FolderTree } from 'lucide-react'
import { CommandButton } from '../../commands/CommandButton.tsx'
import type { Command } from '../../commands/registry.ts'
import { Page } from '../../ui/Panel.tsx'
import { EmptyState } from '../../ui/states.tsx'
import styles from './StartPage.module.css'
import { useWizard } from '../import/wizard.ts'
import { CONTAINERS, FORMATS } from '../import/import-words.ts'
import { words } from '../../words/words.ts'

const t = words.projects

/** Nothing is chosen yet: how to choose, and what can be read. */
export function StartPage({ choose, chooseFolder }: { choose: Command; chooseFolder: Command }) {
  const unplaced = useWizard((state) => state.unplaced)
  const names = unplaced.map((name) => `“${name}”`).join(', ')
  return (
    <Page title={t('start.title')}>
      <EmptyState
        icon={FileUp}
        title={unplaced.length > 0 ? t('start.where', { names }) : t('start.choose')}
        actions={
          <>
            <CommandButton command={choose} tone="primary" />
            <CommandButton command={chooseFolder} icon={FolderTree} />
          </>
        }
      >
        {unplaced.length > 0 ? <p role="status">{t('start.whereDetail')}</p> : <p>{t('start.detail')}</p>}
      </EmptyState>
      <section className={styles.known} aria-label={t('start.formats')}>
        <p className={styles.containers}>
          {[...new Set(Object.values(CONTAINERS))].map((name) => (
            <span key={name}>{name}</span>
          ))}
          <span>{t('start.gzip')}</span>
          <span>{t('start.datasetFolder')}</span>
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
