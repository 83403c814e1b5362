import { useQuery } from '@tanstack/react-query'
import { lazy, Suspense, useEffect, useLayoutEffect } from 'react'
import { Redirect, Route, Switch } from 'wouter'
import { api } from './api/client.ts'
import { listenForKeys } from './commands/dispatcher.ts'
import { runCommand, useCommands } from './commands/registry.ts'
import styles from './app.module.css'
import { CurationDialogs } from './features/curation/CurationDialogs.tsx'
import { DataPage } from './features/data/DataPage.tsx'
import { ImportPage } from './features/import/ImportPage.tsx'
import { JobsPage } from './features/jobs/JobsPage.tsx'
import { OverviewPage } from './features/overview/OverviewPage.tsx'
import { HomePage } from './features/projects/HomePage.tsx'
import { openProject } from './features/projects/project-actions.ts'
import { FolderBrowser } from './files/FolderBrowser.tsx'
import { useAppCommands } from './frame/app-commands.ts'
import { ConnectionBanner } from './frame/ConnectionBanner.tsx'
import { Dialogs } from './frame/Dialogs.tsx'
import { DropFiles } from './frame/DropFiles.tsx'
import { JobFooter } from './frame/JobFooter.tsx'
import { NavRail } from './frame/NavRail.tsx'
import { NotFound } from './frame/NotFound.tsx'
import { ProjectNotices } from './frame/ProjectNotices.tsx'
import { ViewBoundary } from './frame/ViewBoundary.tsx'
import { followProject } from './state/read-only.ts'
import { ErrorState, Skeleton } from './ui/states.tsx'
import { toast, Toasts } from './ui/overlays/Toast.tsx'
import { words } from './words/words.ts'

const t = words.frame

const PairsPage = lazy(async () => ({ default: (await import('./features/pairs/PairsPage.tsx')).PairsPage }))
const PairPage = lazy(async () => ({ default: (await import('./features/review/PairPage.tsx')).PairPage }))
const ComparePage = lazy(async () => ({ default: (await import('./features/training/compare/ComparePage.tsx')).ComparePage }))
const TrainingPage = lazy(async () => ({ default: (await import('./features/training/TrainingPage.tsx')).TrainingPage }))
const ModelsPage = lazy(async () => ({ default: (await import('./features/models/ModelsPage.tsx')).ModelsPage }))
const EvaluationPage = lazy(async () => ({ default: (await import('./features/evaluation/EvaluationPage.tsx')).EvaluationPage }))

export function App() {
  const project = useQuery(api.projects.current.queryOptions())
  useCommands(useAppCommands(project.data ?? null), 'app')
  useLayoutEffect(() => followProject(project.data ?? null), [project.data])
  useEffect(listenForKeys, [])
  useEffect(
    () =>
      window.blindfold?.onCommand((command) => {
        if (command.id === 'project.openPath') void openProject(command.path)
        else if (command.id === 'shell.notice') toast(command.message)
        else runCommand(command.id)
      }),
    [],
  )
  useEffect(() => {
    document.title = project.data ? `${project.data.name} – Blindfold` : 'Blindfold'
  }, [project.data])

  return (
    <div className={styles.app}>
      <ConnectionBanner />
      {project.isPending ? (
        <main className={styles.center}>
          <Skeleton label={t('connection.connecting')} />
        </main>
      ) : project.isError ? (
        <main className={styles.center}>
          <ErrorState error={project.error} onRetry={() => void project.refetch()} />
        </main>
      ) : project.data ? (
        <>
          <ProjectNotices project={project.data} />
          <div className={styles.middle}>
            <NavRail project={project.data} />
            <main className={styles.main} id="main" tabIndex={-1}>
              <ViewBoundary>
                <Suspense fallback={<Skeleton />}>
                  <Switch>
                    <Route path="/overview" component={OverviewPage} />
                    <Route path="/import" component={ImportPage} />
                    <Route path="/data" component={DataPage} />
                    <Route path="/jobs" component={JobsPage} />
                    <Route path="/pairs" component={PairsPage} />
                    <Route path="/pairs/:id" component={PairPage} />
                    <Route path="/training" component={TrainingPage} />
                    <Route path="/training/compare" component={ComparePage} />
                    <Route path="/training/:runId" component={TrainingPage} />
                    <Route path="/evaluation" component={EvaluationPage} />
                    <Route path="/models" component={ModelsPage} />
                    <Route path="/">
                      <Redirect to="/overview" replace />
                    </Route>
                    <Route component={NotFound} />
                  </Switch>
                </Suspense>
              </ViewBoundary>
            </main>
          </div>
          <JobFooter />
          <CurationDialogs />
        </>
      ) : (
        <main className={styles.home}>
          <HomePage />
        </main>
      )}
      <Dialogs project={project.data ?? null} />
      <FolderBrowser />
      <DropFiles project={project.data ?? null} />
      <Toasts />
    </div>
  )
}
