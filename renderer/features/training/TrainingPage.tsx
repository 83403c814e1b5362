import { useQuery } from '@tanstack/react-query'
import { Activity, Columns2, Grid3x3, Import as ImportIcon } from 'lucide-react'
import { useParams } from 'wouter'
import type { ProjectInfo } from '../../../src/contract/projects.ts'
import { api } from '../../api/client.ts'
import { navigate } from '../../state/location.ts'
import { Button } from '../../ui/Button.tsx'
import { Page, Panel } from '../../ui/Panel.tsx'
import { EmptyState, ErrorState, Skeleton } from '../../ui/states.tsx'
import { words } from '../../words/words.ts'
import { EnvironmentBadge, EnvironmentNotice } from './new/Environment.tsx'
import { Plan } from './new/Plan.tsx'
import { Preflight } from './new/Preflight.tsx'
import { RunPage } from './run/RunPage.tsx'
import { RunsTable } from './RunsTable.tsx'
import { TrainFormView } from './new/TrainFormView.tsx'
import styles from './TrainingPage.module.css'
import { useRunStates } from './use-run-states.ts'
import { trainFormErrors, trainOptions, useTrainForm } from './new/use-train-form.ts'

const t = words.training

/** Pairs of this split are tested on, never trained on. */
const TEST_SPLIT = 'test'

/** The form for a new run beside all runs; with a run in the address, that run. */
export function TrainingPage() {
  const { runId } = useParams<{ runId?: string }>()
  const project = useQuery(api.projects.current.queryOptions())
  if (runId) return <RunPage key={runId} runId={runId} />
  return (
    <Page
      title={t('title')}
      detail={<EnvironmentBadge />}
      actions={
        <Button icon={Grid3x3} shortcut="g e" hint={t('matrixHint')} onClick={() => navigate('/evaluation')}>
          {t('matrix')}
        </Button>
      }
    >
      {!project.data ? (
        <Skeleton lines={8} />
      ) : project.data.pairs === 0 ? (
        <EmptyState
          icon={ImportIcon}
          title={t('noPairs')}
          actions={
            <Button tone="primary" changes icon={ImportIcon} onClick={() => navigate('/import')}>
              {t('import')}
            </Button>
          }
        >
          <p>{t('noPairsDetail')}</p>
        </EmptyState>
      ) : (
        <NewRun project={project.data} />
      )}
    </Page>
  )
}

function NewRun({ project }: { project: ProjectInfo }) {
  const { form, set } = useTrainForm()
  const errors = trainFormErrors(form)
  const splits = [...new Set(project.sources.flatMap((source) => source.splits))].filter((split) => split !== TEST_SPLIT).sort()
  const sources = project.sources.map((source) => source.name)
  const valid = Object.values(errors).every((error) => error === null)
  const runs = trainOptions(form, sources, splits)
  return (
    <>
      <EnvironmentNotice />
      <div className={styles.columns}>
        <TrainFormView form={form} set={set} errors={errors} project={project} splits={splits} />
        <div className={styles.right}>
          <Plan runs={runs} valid={valid} />
          <Preflight run={runs[0]} valid={valid} set={set} />
          <Runs />
        </div>
      </div>
    </>
  )
}

function Runs() {
  useRunStates()
  const runs = useQuery(api.training.runs.queryOptions())
  return (
    <Panel
      title={t('runs.title')}
      detail={runs.data && runs.data.length > 0 ? t('runs.count', { count: runs.data.length }) : undefined}
      actions={
        runs.data && runs.data.length > 1 ? (
          <Button size="small" icon={Columns2} onClick={() => navigate('/training/compare')}>
            {t('runs.compare')}
          </Button>
        ) : undefined
      }
      flush
    >
      {runs.isPending ? (
        <Skeleton lines={5} label={t('runs.loading')} />
      ) : runs.isError ? (
        <ErrorState error={runs.error} onRetry={() => void runs.refetch()} />
      ) : runs.data.length === 0 ? (
        <EmptyState icon={Activity} title={t('runs.empty')}>
          <p>{t('runs.emptyDetail')}</p>
        </EmptyState>
      ) : (
        <RunsTable runs={runs.data} />
      )}
    </Panel>
  )
}
