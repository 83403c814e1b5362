import { Ban } from 'lucide-react'
import { Link } from 'wouter'
import type { Run } from '../../../src/contract/training.ts'
import { runLabel } from '../../../src/core/run-label.ts'
import { navigate } from '../../state/location.ts'
import { Badge } from '../../ui/Badge.tsx'
import { IconButton } from '../../ui/Button.tsx'
import { count, duration, time } from '../../../src/core/format.ts'
import { isLive } from '../../../src/core/vocabulary.ts'
import { ProgressBar } from '../../ui/ProgressBar.tsx'
import { type Column, Table } from '../../ui/Table.tsx'
import { cancelJob } from '../jobs/job-actions.ts'
import { STATUS_TONES } from '../jobs/job-text.ts'
import { words } from '../../words/words.ts'
import { METHODS } from './new/methods.ts'
import { placeInQueue, shareDone } from './run-state.ts'
import styles from './TrainingPage.module.css'

const columnsFor = (runs: readonly Run[]): readonly Column<Run>[] => [
  {
    id: 'label',
    header: 'Run',
    cell: (run) => (
      <>
        <Link href={`/training/${run.id}`} className={styles.runName}>
          <span className={styles.swatch} style={{ background: `var(${METHODS[run.options.method].token})` }} aria-hidden />
          {runLabel(run.options)}
        </Link>
        <span className={styles.runOn}>
          on <bdi>{run.trainSource}</bdi>, seed {run.options.seed}
          {timeLeft(run)}
        </span>
      </>
    ),
  },
  { id: 'pairs', header: 'Pairs', align: 'end', width: '72px', cell: (run) => count(run.trainPairs) },
  {
    id: 'state',
    header: 'State',
    width: '170px',
    cell: (run) => (
      <span className={styles.runState}>
        <Badge tone={STATUS_TONES[run.state.status]}>{stateText(run, runs)}</Badge>
        {isLive(run) && run.state.status !== 'queued' && (
          <ProgressBar value={shareDone(run)} label={`Progress of ${runLabel(run.options)}`} />
        )}
        {isLive(run) && run.state.status !== 'cancelling' && (
          <IconButton
            label={`Cancel ${runLabel(run.options)} on ${run.trainSource}, seed ${run.options.seed}`}
            icon={Ban}
            size="small"
            onClick={(event) => {
              event.stopPropagation()
              void cancelJob(run.jobId)
            }}
          />
        )}
      </span>
    ),
  },
  { id: 'when', header: 'Started', width: '140px', cell: (run) => <span className={styles.when}>{time(run.createdAt)}</span> },
]

/** `, 4 min left` of a run that trains and knows it. */
function timeLeft({ state }: Run): string {
  const seconds = state.status === 'running' ? state.progress?.etaSeconds : null
  return seconds === null || seconds === undefined ? '' : `, ${duration(seconds)} left`
}

/** Runs wait for each other: one that waits says which it is. */
function stateText(run: Run, runs: readonly Run[]): string {
  const place = placeInQueue(run, runs)
  return place === null ? words.jobs(`status.${run.state.status}`) : `Waits, no. ${place}`
}

export const RunsTable = ({ runs }: { runs: readonly Run[] }) => (
  <Table label="Runs" rows={runs} rowKey={(run) => run.id} columns={columnsFor(runs)} onOpen={(run) => navigate(`/training/${run.id}`)} />
)
