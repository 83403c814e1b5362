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
import { words } from '../../words/words.ts'

const t = words.projects

const STEPS = [
  { icon: EyeOff, title: t('steps.test'), text: t('steps.testDetail') },
  { icon: ListChecks, title: t('steps.review'), text: t('steps.reviewDetail') },
  { icon: Grid3x3, title: t('steps.retrain'), text: t('steps.retrainDetail') },
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
          <h1>{t('home.title')}</h1>
          <p>{t('home.tagline')}</p>
        </div>
      </header>

      <div className={styles.actions}>
        <Button tone="primary" icon={FolderPlus} shortcut="g n" hint={t('home.newHint')} onClick={() => openDialog('new-project')}>
          {t('home.new')}
        </Button>
        <Button icon={FolderOpen} shortcut="Mod+O" hint={t('home.openHint')} onClick={() => void chooseAndOpenProject()}>
          {t('home.open')}
        </Button>
        <Button icon={Sparkles} onClick={() => openDialog('new-demo')}>
          {t('home.demo')}
        </Button>
      </div>

      {failure && (
        <FailureNote
          failure={failure}
          actions={
            <>
              {failure.file !== undefined && canStillBeRead(failure.code) && (
                <Button onClick={() => void openReadOnly(failure.file as string)}>{t('home.readOnly')}</Button>
              )}
              <IconButton label={t('home.dismiss')} icon={X} size="small" onClick={() => useOpening.setState({ failure: null })} />
            </>
          }
        />
      )}

      <ol className={styles.steps} aria-label={t('steps.label')}>
        {STEPS.map((step) => (
          <li key={step.title}>
            <step.icon size={16} aria-hidden />
            <strong>{step.title}</strong>
            <span>{step.text}</span>
          </li>
        ))}
      </ol>

      <section className={styles.recent} aria-label={t('recent.label')}>
        <h2>{t('recent.title')}</h2>
        {recent.isPending ? (
          <Skeleton />
        ) : recent.isError ? (
          <ErrorState error={recent.error} onRetry={() => void recent.refetch()} />
        ) : recent.data.length === 0 ? (
          <p className={styles.none}>{t.rich('recent.empty', { code: (chunks) => <code>{chunks}</code> })}</p>
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
            <bdi>{project.name}</bdi> {!project.exists && <Badge tone="warning">{t('recent.missing')}</Badge>}
          </span>
          <span dir="auto" className={styles.path}>
            {project.path}
          </span>
        </span>
        <span className={styles.when}>{opening ? t('recent.opening') : time(project.openedAt)}</span>
      </button>
      <IconButton label={t('recent.remove', { name: project.name })} icon={X} size="small" onClick={() => void forget()} />
    </li>
  )
}
