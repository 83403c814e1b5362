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
import { METHOD_TOKENS } from './new/methods.ts'
import { placeInQueue, shareDone } from './run-state.ts'
import { runName } from './run-name.ts'
import styles from './TrainingPage.module.css'

const t = words.training

const columnsFor = (runs: readonly Run[]): readonly Column<Run>[] => [
  {
    id: 'label',
    header: t('runs.run'),
    cell: (run) => (
      <>
        <Link href={`/training/${run.id}`} className={styles.runName}>
          <span className={styles.swatch} style={{ background: `var(${METHOD_TOKENS[run.options.method]})` }} aria-hidden />
          {runLabel(run.options)}
        </Link>
        <span className={styles.runOn}>
          <On run={run} />
        </span>
      </>
    ),
  },
  { id: 'pairs', header: t('runs.pairs'), align: 'end', width: '72px', cell: (run) => count(run.trainPairs) },
  {
    id: 'state',
    header: t('runs.status'),
    width: '170px',
    cell: (run) => (
      <span className={styles.runState}>
        <Badge tone={STATUS_TONES[run.state.status]}>{stateText(run, runs)}</Badge>
        {isLive(run) && run.state.status !== 'queued' && (
          <ProgressBar value={shareDone(run)} label={t('runs.progress', { run: runLabel(run.options) })} />
        )}
        {isLive(run) && run.state.status !== 'cancelling' && (
          <IconButton
            label={t('runs.cancel', runName(run))}
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
  { id: 'when', header: t('runs.started'), width: '140px', cell: (run) => <span className={styles.when}>{time(run.createdAt)}</span> },
]

/** What a run trains on; of one that trains and knows it, how long it still takes. */
function On({ run: { state, trainSource, options } }: { run: Run }) {
  const seconds = state.status === 'running' ? state.progress?.etaSeconds : null
  const on = { source: () => <bdi>{trainSource}</bdi>, seed: String(options.seed) }
  return typeof seconds === 'number' ? t.rich('runs.onLeft', { ...on, left: duration(seconds) }) : t.rich('runs.on', on)
}

/** Runs wait for each other: one that waits says which it is. */
function stateText(run: Run, runs: readonly Run[]): string {
  const place = placeInQueue(run, runs)
  return place === null ? words.jobs(`status.${run.state.status}`) : t('runs.queued', { place })
}

export const RunsTable = ({ runs }: { runs: readonly Run[] }) => (
  <Table
    label={t('runs.title')}
    rows={runs}
    rowKey={(run) => run.id}
    columns={columnsFor(runs)}
    onOpen={(run) => navigate(`/training/${run.id}`)}
  />
)
