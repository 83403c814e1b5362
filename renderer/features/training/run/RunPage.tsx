import { useQuery } from '@tanstack/react-query'
import { ArrowLeft, Ban, Columns2, Grid3x3, RotateCw } from 'lucide-react'
import { useState } from 'react'
import { Link } from 'wouter'
import type { Run, RunNotice, StepPoint } from '../../../../src/contract/training.ts'
import { runLabel } from '../../../../src/core/run-label.ts'
import { api } from '../../../api/client.ts'
import { CommandButton } from '../../../commands/CommandButton.tsx'
import { type Command, useCommands } from '../../../commands/registry.ts'
import { navigate } from '../../../state/location.ts'
import { Badge } from '../../../ui/Badge.tsx'
import { Button } from '../../../ui/Button.tsx'
import { Segmented } from '../../../ui/Field.tsx'
import { count, duration, time } from '../../../../src/core/format.ts'
import { isLive } from '../../../../src/core/vocabulary.ts'
import { Page, Panel } from '../../../ui/Panel.tsx'
import { ProgressBar } from '../../../ui/ProgressBar.tsx'
import { EmptyState, ErrorState, FailureNote, Skeleton } from '../../../ui/states.tsx'
import { cancelJob, resumeJob } from '../../jobs/job-actions.ts'
import { STATUS_TONES } from '../../jobs/job-text.ts'
import { words } from '../../../words/words.ts'
import { JobLog } from '../../jobs/JobLog.tsx'
import { Curves } from './Curves.tsx'
import { METHOD_TOKENS, methodSentence } from '../new/methods.ts'
import { Notices } from './Notices.tsx'
import { factsOf } from './run-facts.ts'
import styles from './RunPage.module.css'
import { shareDone } from '../run-state.ts'
import { Spread } from './Spread.tsx'
import { useRunStates } from '../use-run-states.ts'
import { useSteps } from './use-steps.ts'

const t = words.training

/** One run: how far it is, its curves as they grow, what it was asked for, its log. */
export function RunPage({ runId }: { runId: string }) {
  useRunStates()
  const run = useQuery(api.training.run.queryOptions({ input: { runId } }))
  const curve = useSteps(runId)
  if (run.isPending || curve.isPending) {
    return (
      <Page title={t('run.title')}>
        <Skeleton lines={8} label={t('run.loading')} />
      </Page>
    )
  }
  if (run.isError || curve.isError) {
    return (
      <Page title={t('run.title')}>
        <ErrorState error={run.error ?? curve.error} onRetry={() => void Promise.all([run.refetch(), curve.refetch()])} />
      </Page>
    )
  }
  return <RunView run={run.data} steps={curve.data} notices={run.data.notices} />
}

function RunView({ run, steps, notices }: { run: Run; steps: readonly StepPoint[]; notices: readonly RunNotice[] }) {
  const [smoothed, setSmoothed] = useState(true)
  const { state, options } = run
  const live = isLive(run)
  const back: Command = {
    id: 'run.back',
    label: t('allRuns'),
    keys: ['l'],
    group: t('run.group'),
    icon: ArrowLeft,
    perform: () => navigate('/training'),
  }
  const cancel: Command = {
    id: 'run.cancel',
    label: t('run.cancel'),
    keys: ['x'],
    group: t('run.group'),
    icon: Ban,
    predicate: () => live && state.status !== 'cancelling',
    perform: () => cancelJob(run.jobId),
  }
  const resume: Command = {
    id: 'run.resume',
    label: t('run.resume'),
    changes: true,
    keys: ['r'],
    group: t('run.group'),
    icon: RotateCw,
    predicate: () => run.resumable,
    perform: () => resumeJob(run.jobId),
  }
  const compare: Command = {
    id: 'run.compare',
    label: t('run.compare'),
    keys: ['c'],
    group: t('run.group'),
    icon: Columns2,
    perform: () => navigate(`/training/compare?a=${run.id}`),
  }
  useCommands([back, cancel, resume, compare])
  return (
    <Page
      title={<Title options={options} />}
      detail={<Detail run={run} />}
      actions={
        <>
          {run.resumable && <CommandButton command={resume} tone="primary" />}
          {live && <CommandButton command={cancel} tone="danger" />}
          {state.status === 'succeeded' && (
            <Button icon={Grid3x3} onClick={() => navigate('/evaluation')}>
              {t('matrix')}
            </Button>
          )}
          {steps.length > 0 && <CommandButton command={compare} />}
          <CommandButton command={back} tone="quiet" />
        </>
      }
    >
      {state.status === 'failed' && <FailureNote failure={state.error} />}
      <Progress run={run} latest={steps.at(-1)} />
      <Notices notices={notices} />
      <Panel
        title={t('run.curves')}
        detail={methodSentence(options.method)}
        actions={
          <Segmented
            label={t('run.curves')}
            value={smoothed ? 'smooth' : 'raw'}
            onChange={(value) => setSmoothed(value === 'smooth')}
            options={[
              { value: 'smooth', label: t('smoothed'), hint: t('smoothedHint') },
              { value: 'raw', label: t('everyStep') },
            ]}
          />
        }
      >
        {steps.length > 0 ? (
          <Curves steps={steps} smoothed={smoothed} />
        ) : (
          <EmptyState title={live ? t('run.noStepYet') : t('run.noStep')} />
        )}
      </Panel>
      {steps.some(({ sfcMean }) => sfcMean !== null) && <Spread runId={run.id} epoch={Math.floor(steps.at(-1)?.epoch ?? 0)} />}
      <div className={styles.bottom}>
        <Facts run={run} />
        <Panel title={t('run.log')} className={styles.log}>
          <JobLog jobId={run.jobId} />
        </Panel>
      </div>
    </Page>
  )
}

const Title = ({ options }: Pick<Run, 'options'>) => (
  <span className={styles.title}>
    <span className={styles.swatch} style={{ background: `var(${METHOD_TOKENS[options.method]})` }} aria-hidden />
    {runLabel(options)}
  </span>
)

const Detail = ({ run: { trainSource, options, state } }: { run: Run }) => (
  <span className={styles.detail}>
    <span>{t.rich('runs.on', { source: () => <bdi>{trainSource}</bdi>, seed: String(options.seed) })}</span>
    <Badge tone={STATUS_TONES[state.status]}>{words.jobs(`status.${state.status}`)}</Badge>
  </span>
)

/** Steps, speed and time left; what is not known is left out. */
function Progress({ run, latest }: { run: Run; latest: StepPoint | undefined }) {
  const { state } = run
  const progress = state.status === 'queued' ? null : state.progress
  const live = isLive(run)
  const figures: [string, string][] = [
    [t('run.figure.step'), run.totalSteps === null ? count(run.step) : t('run.of', { done: count(run.step), total: run.totalSteps })],
    [t('run.figure.epoch'), t('run.of', { done: latest ? latest.epoch.toFixed(2) : '0', total: run.options.epochs })],
    [t('run.figure.speed'), latest ? count(latest.pairsPerSecond) : '–'],
    live
      ? [t('run.figure.left'), progress?.etaSeconds == null ? '–' : duration(progress.etaSeconds)]
      : [
          t('run.figure.took'),
          state.status !== 'queued' && 'endedAt' in state && state.startedAt
            ? duration((Date.parse(state.endedAt) - Date.parse(state.startedAt)) / 1000)
            : '–',
        ],
  ]
  return (
    <section className={styles.progress} aria-label={t('run.progress')}>
      {figures.map(([name, value]) => (
        <div key={name} className={styles.figure}>
          <span>{name}</span>
          <strong>{value}</strong>
        </div>
      ))}
      <div className={styles.bar}>
        <span>
          {live && state.status !== 'queued' ? (progress?.phase ?? words.jobs('starting')) : words.jobs(`status.${state.status}`)}
        </span>
        <ProgressBar value={live ? (state.status === 'queued' ? 0 : shareDone(run)) : (shareDone(run) ?? 0)} label={t('run.stepsDone')} />
      </div>
    </section>
  )
}

/** Where the text branch went that the run leaves for the blind test. */
function proxyFact({ state }: Run): [string, React.ReactNode][] {
  if (state.status !== 'succeeded') return []
  const { proxyModel, proxyFailure } = state.result
  if (typeof proxyModel === 'string')
    return [
      [
        t('run.fact.textBranch'),
        <Link key="proxy" href="/models">
          {t('run.fact.registered', { model: proxyModel })}
        </Link>,
      ],
    ]
  return typeof proxyFailure === 'string' ? [[t('run.fact.textBranch'), t('run.fact.notRegistered', { reason: proxyFailure })]] : []
}

function Facts({ run }: { run: Run }) {
  const facts: [string, React.ReactNode][] = [
    ...factsOf(run),
    [
      t('run.fact.snapshot'),
      <code key="hash" title={t('run.fact.snapshotHint', { hash: run.snapshotHash })}>
        {run.snapshotHash.slice(0, 16)}
      </code>,
    ],
    ...proxyFact(run),
    [t('run.fact.started'), time(run.createdAt)],
    [
      t('run.fact.job'),
      <Link key="job" href={`/jobs?job=${encodeURIComponent(run.jobId)}`}>
        {t('run.fact.showJob')}
      </Link>,
    ],
  ]
  return (
    <Panel title={t('run.title')}>
      <dl className={styles.facts}>
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </Panel>
  )
}
