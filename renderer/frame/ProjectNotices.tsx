import type { ProjectInfo } from '../../src/contract/projects.ts'
import { openProject, trustProject } from '../features/projects/project-actions.ts'
import { READ_ONLY_NOTICE } from '../state/read-only.ts'
import { Button } from '../ui/Button.tsx'
import { time } from '../../src/core/format.ts'
import styles from './ConnectionBanner.module.css'

/** What somebody has to know about the open project on every page. */
export function ProjectNotices({ project }: { project: ProjectInfo }) {
  const { path, readOnly, trusted, logLost } = project
  return (
    <>
      {readOnly && (
        <div className={styles.banner} role="status">
          <span id={READ_ONLY_NOTICE}>
            {trusted ? 'This project is open read-only.' : 'This project is open read-only and is not trusted: its models are not loaded.'}
          </span>
          <Button size="small" onClick={() => void (trusted ? openProject(path) : trustProject(path))}>
            {trusted ? 'Open for editing' : 'Trust and edit'}
          </Button>
        </div>
      )}
      {logLost !== null && (
        <div className={styles.banner} role="status">
          <span>
            This project was not closed properly after it was opened on {time(logLost)}, and its file project.db-wal was missing afterwards.
            The last changes before that may be lost: compare with a backup. <code>blindfold check --repair</code> removes this notice.
          </span>
        </div>
      )}
    </>
  )
}
