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
import { METHODS } from '../new/methods.ts'
import { Notices } from './Notices.tsx'
import { factsOf } from './run-facts.ts'
import styles from './RunPage.module.css'
import { shareDone } from '../run-state.ts'
import { Spread } from './Spread.tsx'
import { useRunStates } from '../use-run-states.ts'
import { useSteps } from './use-steps.ts'

/** One run: how far it is, its curves as they grow, what it was asked for, its log. */
export function RunPage({ runId }: { runId: string }) {
  useRunStates()
  const run = useQuery(api.training.run.queryOptions({ input: { runId } }))
  const curve = useSteps(runId)
  if (run.isPending || curve.isPending) {
    return (
      <Page title="Run">
        <Skeleton lines={8} label="Loading the run" />
      </Page>
    )
  }
  if (run.isError || curve.isError) {
    return (
      <Page title="Run">
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
    label: 'All runs',
    keys: ['l'],
    group: 'Run',
    icon: ArrowLeft,
    perform: () => navigate('/training'),
  }
  const cancel: Command = {
    id: 'run.cancel',
    label: 'Cancel run',
    keys: ['x'],
    group: 'Run',
    icon: Ban,
    predicate: () => live && state.status !== 'cancelling',
    perform: () => cancelJob(run.jobId),
  }
  const resume: Command = {
    id: 'run.resume',
    label: 'Resume run',
    changes: true,
    keys: ['r'],
    group: 'Run',
    icon: RotateCw,
    predicate: () => run.resumable,
    perform: () => resumeJob(run.jobId),
  }
  const compare: Command = {
    id: 'run.compare',
    label: 'Compare with another',
    keys: ['c'],
    group: 'Run',
    icon: Columns2,
    perform: () => navigate(`/training/compare?a=${run.id}`),
  }
  useCommands([back, cancel, resume, compare])
  return (
    <Page
      title={
        <span className={styles.title}>
          <span className={styles.swatch} style={{ background: `var(${METHODS[options.method].token})` }} aria-hidden />
          {runLabel(options)}
        </span>
      }
      detail={
        <span className={styles.detail}>
          on <bdi>{run.trainSource}</bdi>, seed {options.seed}{' '}
          <Badge tone={STATUS_TONES[state.status]}>{words.jobs(`status.${state.status}`)}</Badge>
        </span>
      }
      actions={
        <>
          {run.resumable && <CommandButton command={resume} tone="primary" />}
          {live && <CommandButton command={cancel} tone="danger" />}
          {state.status === 'succeeded' && (
            <Button icon={Grid3x3} onClick={() => navigate('/evaluation')}>
              Matrix
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
        title="Curves"
        detail={METHODS[options.method].sentence}
        actions={
          <Segmented
            label="Curves"
            value={smoothed ? 'smooth' : 'raw'}
            onChange={(value) => setSmoothed(value === 'smooth')}
            options={[
              { value: 'smooth', label: 'Smoothed', hint: 'Moving average over about ten steps' },
              { value: 'raw', label: 'Every step' },
            ]}
          />
        }
      >
        {steps.length > 0 ? (
          <Curves steps={steps} smoothed={smoothed} />
        ) : (
          <EmptyState title={live ? 'The first step is on its way' : 'No step was trained'} />
        )}
      </Panel>
      {steps.some(({ sfcMean }) => sfcMean !== null) && <Spread runId={run.id} epoch={Math.floor(steps.at(-1)?.epoch ?? 0)} />}
      <div className={styles.bottom}>
        <Facts run={run} />
        <Panel title="Log" className={styles.log}>
          <JobLog jobId={run.jobId} />
        </Panel>
      </div>
    </Page>
  )
}

/** Steps, speed and time left; what is not known is left out. */
function Progress({ run, latest }: { run: Run; latest: StepPoint | undefined }) {
  const { state } = run
  const progress = state.status === 'queued' ? null : state.progress
  const live = isLive(run)
  const figures: [string, string][] = [
    ['Step', `${count(run.step)}${run.totalSteps === null ? '' : ` of ${count(run.totalSteps)}`}`],
    ['Epoch', latest ? `${latest.epoch.toFixed(2)} of ${run.options.epochs}` : `0 of ${run.options.epochs}`],
    ['Pairs per second', latest ? count(latest.pairsPerSecond) : '–'],
    live
      ? ['Time left', progress?.etaSeconds == null ? '–' : duration(progress.etaSeconds)]
      : [
          'Took',
          state.status !== 'queued' && 'endedAt' in state && state.startedAt
            ? duration((Date.parse(state.endedAt) - Date.parse(state.startedAt)) / 1000)
            : '–',
        ],
  ]
  return (
    <section className={styles.progress} aria-label="Progress">
      {figures.map(([name, value]) => (
        <div key={name} className={styles.figure}>
          <span>{name}</span>
          <strong>{value}</strong>
        </div>
      ))}
      <div className={styles.bar}>
        <span>{state.status === 'queued' ? 'Queued' : live ? (progress?.phase ?? 'starting') : words.jobs(`status.${state.status}`)}</span>
        <ProgressBar value={live ? (state.status === 'queued' ? 0 : shareDone(run)) : (shareDone(run) ?? 0)} label="Steps done" />
      </div>
    </section>
  )
}

/** Where the text branch went that the run leaves for the blind test. */
function proxyFact({ state }: Run): [string, React.ReactNode][] {
  if (state.status !== 'succeeded') return []
  const { proxyModel, proxyFailure } = state.result
  if (typeof proxyModel === 'string')
    return [['Text branch', <Link key="proxy" href="/models">{`Registered for the blind test as ${proxyModel}`}</Link>]]
  return typeof proxyFailure === 'string' ? [['Text branch', `Not registered for the blind test: ${proxyFailure}`]] : []
}

function Facts({ run }: { run: Run }) {
  const facts: [string, React.ReactNode][] = [
    ...factsOf(run),
    [
      'Snapshot',
      <code key="hash" title={`${run.snapshotHash}\nTwo runs with the same hash saw the same pairs, texts and labels.`}>
        {run.snapshotHash.slice(0, 16)}
      </code>,
    ],
    ...proxyFact(run),
    ['Started', time(run.createdAt)],
    [
      'Job',
      <Link key="job" href={`/jobs?job=${encodeURIComponent(run.jobId)}`}>
        Show in jobs
      </Link>,
    ],
  ]
  return (
    <Panel title="Run">
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
