import type { ProjectInfo } from '../../src/contract/projects.ts'
import { openProject, trustProject } from '../features/projects/project-actions.ts'
import { READ_ONLY_NOTICE } from '../state/read-only.ts'
import { Button } from '../ui/Button.tsx'
import { time } from '../../src/core/format.ts'
import styles from './ConnectionBanner.module.css'
import { words } from '../words/words.ts'

const t = words.frame

/** What somebody has to know about the open project on every page. */
export function ProjectNotices({ project }: { project: ProjectInfo }) {
  const { path, readOnly, trusted, logLost } = project
  return (
    <>
      {readOnly && (
        <div className={styles.banner} role="status">
          <span id={READ_ONLY_NOTICE}>{t(trusted ? 'notice.readOnly' : 'notice.untrusted')}</span>
          <Button size="small" onClick={() => void (trusted ? openProject(path) : trustProject(path))}>
            {t(trusted ? 'notice.edit' : 'notice.trust')}
          </Button>
        </div>
      )}
      {logLost !== null && (
        <div className={styles.banner} role="status">
          <span>{t.rich('notice.logLost', { time: time(logLost), code: (chunks) => <code>{chunks}</code> })}</span>
        </div>
      )}
    </>
  )
}
