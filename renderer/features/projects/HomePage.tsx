import { useQuery } from '@tanstack/react-query'
import { EyeOff, FolderOpen, FolderPlus, FolderX, Grid3x3, ListChecks, Sparkles, X } from 'lucide-react'
import type { RecentProject } from '../../../src/contract/projects.ts'
import { canStillBeRead } from '../../../src/core/errors.ts'
import { api, client, queryClient } from '../../api/client.ts'
import { openDialog } from '../../state/dialogs.ts'
import { Badge } from '../../ui/Badge.tsx'
import { Button, IconButton } from '../../ui/Button.tsx'
import { time } from '../../../src/core/format.ts'
import { ErrorState, FailureNote, Skeleton } from '../../ui/states.tsx'
import { toastError } from '../../ui/overlays/Toast.tsx'
import { chooseAndOpenProject, openProject, openReadOnly } from './project-actions.ts'
import styles from './HomePage.module.css'
import { useOpening } from './opening.ts'

const STEPS = [
  { icon: EyeOff, title: 'Blind test', text: 'Import preference pairs and measure how many labels the text alone predicts.' },
  { icon: ListChecks, title: 'Review', text: 'Review the pairs that leak and correct their labels.' },
  { icon: Grid3x3, title: 'Retrain', text: 'Train with shortcuts weighted down and compare how well each model generalises.' },
]

/** What is shown while no project is open. */
export function HomePage() {
  const recent = useQuery(api.projects.recent.queryOptions())
  const { path: opening, failure } = useOpening()
  return (
    <div className={styles.home}>
      <header className={styles.brand}>
        <img src="./icon.svg" alt="" width={44} height={44} />
        <div>
          <h1>Blindfold</h1>
          <p>Find labels that leak through the text, and train reward models that use the image.</p>
        </div>
      </header>

      <div className={styles.actions}>
        <Button tone="primary" icon={FolderPlus} shortcut="g n" hint="New project" onClick={() => openDialog('new-project')}>
          New project…
        </Button>
        <Button icon={FolderOpen} shortcut="Mod+O" hint="Open project" onClick={() => void chooseAndOpenProject()}>
          Open project…
        </Button>
        <Button icon={Sparkles} onClick={() => openDialog('new-demo')}>
          Demo project…
        </Button>
      </div>

      {failure && (
        <FailureNote
          failure={failure}
          actions={
            <>
              {failure.file !== undefined && canStillBeRead(failure.code) && (
                <Button onClick={() => void openReadOnly(failure.file as string)}>Open read-only</Button>
              )}
              <IconButton label="Dismiss" icon={X} size="small" onClick={() => useOpening.setState({ failure: null })} />
            </>
          }
        />
      )}

      <ol className={styles.steps} aria-label="How it works">
        {STEPS.map((step) => (
          <li key={step.title}>
            <step.icon size={16} aria-hidden />
            <strong>{step.title}</strong>
            <span>{step.text}</span>
          </li>
        ))}
      </ol>

      <section className={styles.recent} aria-label="Recent projects">
        <h2>Recent</h2>
        {recent.isPending ? (
          <Skeleton />
        ) : recent.isError ? (
          <ErrorState error={recent.error} onRetry={() => void recent.refetch()} />
        ) : recent.data.length === 0 ? (
          <p className={styles.none}>
            Projects that you open are listed here. A project is a folder that ends in <code>.blindfold</code>: copy it and back it up like
            a document.
          </p>
        ) : (
          <ul className={styles.list}>
            {recent.data.map((project) => (
              <RecentRow key={project.path} project={project} opening={opening === project.path} />
            ))}
          </ul>
        )}
      </section>
    </div>
  )
}

function RecentRow({ project, opening }: { project: RecentProject; opening: boolean }) {
  const forget = () =>
    client.projects
      .forgetRecent({ path: project.path })
      .then(() => queryClient.invalidateQueries({ queryKey: api.projects.recent.key() }))
      .catch((error: unknown) => toastError(error))
  const Icon = project.exists ? FolderOpen : FolderX
  return (
    <li className={styles.row}>
      <button type="button" className={styles.open} disabled={!project.exists || opening} onClick={() => void openProject(project.path)}>
        <Icon size={18} aria-hidden />
        <span className={styles.texts}>
          <span className={styles.name}>
            <bdi>{project.name}</bdi> {!project.exists && <Badge tone="warning">Missing</Badge>}
          </span>
          <span dir="auto" className={styles.path}>
            {project.path}
          </span>
        </span>
        <span className={styles.when}>{opening ? 'Opening…' : time(project.openedAt)}</span>
      </button>
      <IconButton label={`Remove ${project.name} from the list`} icon={X} size="small" onClick={() => void forget()} />
    </li>
  )
}
