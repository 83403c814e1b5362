import { useQuery } from '@tanstack/react-query'
import { Activity, Grid3x3 } from 'lucide-react'
import { Link, useSearch } from 'wouter'
import type { EvaluationReport } from '../../../src/contract/training.ts'
import { api } from '../../api/client.ts'
import { navigate } from '../../state/location.ts'
import { Button } from '../../ui/Button.tsx'
import { Segmented, Select } from '../../ui/Field.tsx'
import { plural } from '../../../src/core/format.ts'
import { Page, Panel } from '../../ui/Panel.tsx'
import { EmptyState, ErrorState, Skeleton } from '../../ui/states.tsx'
import styles from './EvaluationPage.module.css'
import { axes, cellsOf, choices, chosenSides, comparison, runsOfBoth, type Choice } from './matrix.ts'
import { Difference, Matrix, type Measure } from './Matrix.tsx'
import { SummaryTable } from './SummaryTable.tsx'
import { isLive } from '../../../src/core/vocabulary.ts'

const MEASURES: readonly { value: Measure; label: string; hint: string }[] = [
  { value: 'accuracy', label: 'Accuracy', hint: 'Share of test pairs ranked as labelled, in percent, with its 95% interval' },
  {
    value: 'sfd',
    label: 'SFD',
    hint: 'Accuracy where the text model is right minus accuracy where it is wrong, in points; o.o.d. cells only',
  },
  {
    value: 'correlation',
    label: 'Margin correlation',
    hint: 'Pearson (and Spearman ρ) between the margins of the model and of the text-only model',
  },
]

/** Does it generalise? Every run on every source, side by side. */
export function EvaluationPage() {
  const report = useQuery(api.evaluation.matrix.queryOptions())
  const jobs = useQuery(api.jobs.list.queryOptions())
  const training = (jobs.data ?? []).filter((job) => job.kind === 'train' && isLive(job)).length
  const train = (
    <Button icon={Activity} shortcut="g t" hint="Training" onClick={() => navigate('/training')}>
      Train…
    </Button>
  )
  return (
    <Page
      title="Evaluation"
      detail={
        report.data && [plural(report.data.runs.length, 'run'), training > 0 && `${training} more in training`].filter(Boolean).join(' · ')
      }
      actions={train}
    >
      {report.isPending ? (
        <Skeleton lines={8} label="Loading the matrix" />
      ) : report.isError ? (
        <ErrorState error={report.error} onRetry={() => void report.refetch()} />
      ) : report.data.runs.length === 0 ? (
        <EmptyState
          icon={Grid3x3}
          title={training > 0 ? 'The first run is still in training' : 'Does the reward model generalise?'}
          actions={
            <Button tone="primary" icon={Activity} onClick={() => navigate('/training')}>
              {training > 0 ? 'Watch it' : 'Train a model…'}
            </Button>
          }
        >
          <p>
            Train on one source, test on all: a model that leans on text shortcuts is good at home (i.i.d.) and falls elsewhere (o.o.d.).
            The matrix appears here with the first finished run.
          </p>
        </EmptyState>
      ) : (
        <Comparison report={report.data} />
      )}
    </Page>
  )
}

function Comparison({ report }: { report: EvaluationReport }) {
  const params = new URLSearchParams(useSearch())
  const all = choices(report)
  const [left, right] = chosenSides(all, params.get('a'), params.get('b'))
  const measure = MEASURES.find((each) => each.value === params.get('measure'))?.value ?? 'accuracy'
  const both = axes(report)
  const set = (name: string, value: string) => {
    params.set(name, value)
    navigate(`/evaluation?${params.toString()}`, { replace: true })
  }
  if (!left) return null
  const before = cellsOf(report, left)
  const after = right && cellsOf(report, right)
  const shared = right ? runsOfBoth(report, left, right) : []
  const summaryOf = (choice: Choice | undefined) => report.summary.find((row) => row.label === choice?.label)
  const sentence = comparison(summaryOf(left), summaryOf(right))
  const side = (name: 'a' | 'b', choice: Choice) => (
    <Select
      aria-label={name === 'a' ? 'Left side' : 'Right side'}
      className={styles.side}
      value={choice.id}
      onChange={(id) => set(name, id)}
      options={all.map((each) => ({ value: each.id, label: `${each.label}, seed ${each.seed}` }))}
    />
  )
  return (
    <>
      {sentence && (
        <p className={styles.sentence} role="status">
          {sentence}
        </p>
      )}
      <Panel title="Summary" detail="Averages over the newest run of each training source and seed, with 95% intervals">
        <SummaryTable summary={report.summary} />
      </Panel>
      <Panel
        title="Cross-distribution matrix"
        detail="Framed cells are i.i.d.: the model was trained on that source"
        actions={<Segmented label="Measure" value={measure} onChange={(value) => set('measure', value)} options={MEASURES} />}
      >
        <div className={styles.matrices}>
          <div className={styles.matrix}>
            {side('a', left)}
            <Matrix label={`${left.label}, seed ${left.seed}`} rows={before} axes={both} measure={measure} />
          </div>
          {right && after && (
            <>
              <div className={styles.matrix}>
                {side('b', right)}
                <Matrix label={`${right.label}, seed ${right.seed}`} rows={after} axes={both} measure={measure} />
              </div>
              <div className={styles.matrix}>
                <h3 className={styles.difference}>Right minus left{measure !== 'correlation' && ', in points'}</h3>
                <Difference before={before} after={after} axes={both} measure={measure} />
              </div>
            </>
          )}
        </div>
        {shared.length > 0 && (
          <p className={styles.shared}>
            Curves of both, trained on{' '}
            {shared.map(({ source, a, b }, i) => (
              <span key={source}>
                {i > 0 && ' · '}
                <Link href={`/training/compare?${new URLSearchParams({ a, b }).toString()}`}>{source}</Link>
              </span>
            ))}
          </p>
        )}
      </Panel>
    </>
  )
}
