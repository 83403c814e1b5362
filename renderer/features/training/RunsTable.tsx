import { Link } from 'wouter'
import type { Run } from '../../../src/contract/training.ts'
import { navigate } from '../../state/location.ts'
import { Badge } from '../../ui/Badge.tsx'
import { count, time } from '../../ui/format.ts'
import { ProgressBar } from '../../ui/ProgressBar.tsx'
import { type Column, Table } from '../../ui/Table.tsx'
import { STATUSES } from '../jobs/job-text.ts'
import { labelOf, METHODS } from './methods.ts'
import { isRunning, shareDone } from './run-state.ts'
import styles from './TrainingPage.module.css'

const COLUMNS: readonly Column<Run>[] = [
  {
    id: 'label',
    header: 'Run',
    cell: (run) => (
      <Link href={`/training/${run.id}`} className={styles.runName}>
        <span className={styles.swatch} style={{ background: `var(${METHODS[run.options.method].token})` }} aria-hidden />
        {labelOf(run.options)}
      </Link>
    ),
  },
  { id: 'source', header: 'Trained on', cell: (run) => run.trainSource },
  { id: 'seed', header: 'Seed', align: 'end', width: '56px', cell: (run) => run.options.seed },
  { id: 'pairs', header: 'Pairs', align: 'end', width: '72px', cell: (run) => count(run.trainPairs) },
  {
    id: 'state',
    header: 'State',
    width: '150px',
    cell: (run) => (
      <span className={styles.runState}>
        <Badge tone={STATUSES[run.state.status].tone}>{STATUSES[run.state.status].label}</Badge>
        {isRunning(run) && <ProgressBar value={run.state.status === 'queued' ? 0 : shareDone(run)} label={`Progress of ${labelOf(run.options)}`} />}
      </span>
    ),
  },
  { id: 'when', header: 'Started', width: '140px', cell: (run) => <span className={styles.when}>{time(run.createdAt)}</span> },
]

export const RunsTable = ({ runs }: { runs: readonly Run[] }) => (
  <Table label="Runs" rows={runs} rowKey={(run) => run.id} columns={COLUMNS} onOpen={(run) => navigate(`/training/${run.id}`)} />
)
