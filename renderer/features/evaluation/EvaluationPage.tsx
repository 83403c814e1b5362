import { useQuery } from '@tanstack/react-query'
import { Activity, Grid3x3 } from 'lucide-react'
import { Link, useSearch } from 'wouter'
import type { EvaluationReport } from '../../../src/contract/training.ts'
import { api } from '../../api/client.ts'
import { navigate } from '../../state/location.ts'
import { Button } from '../../ui/Button.tsx'
import { Segmented, Select } from '../../ui/Field.tsx'
import { GLOSSARY } from '../../../src/core/glossary.ts'
import { Page, Panel } from '../../ui/Panel.tsx'
import { EmptyState, ErrorState, Skeleton } from '../../ui/states.tsx'
import { words } from '../../words/words.ts'
import styles from './EvaluationPage.module.css'
import { axes, cellsOf, choices, chosenSides, comparison, runsOfBoth, type Choice } from './matrix.ts'
import { Difference, Matrix, type Measure } from './Matrix.tsx'
import { SummaryTable } from './SummaryTable.tsx'
import { isLive } from '../../../src/core/vocabulary.ts'

const t = words.evaluation

const MEASURES: readonly { value: Measure; label: string; hint: string }[] = [
  { value: 'accuracy', label: t('measure.accuracy'), hint: t('measure.accuracyHint') },
  { value: 'sfd', label: GLOSSARY.sfd.term, hint: GLOSSARY.sfd.short },
  { value: 'correlation', label: GLOSSARY.marginCorrelation.term, hint: t('measure.correlationHint') },
]

/** Does it generalise? Every run on every source, side by side. */
export function EvaluationPage() {
  const report = useQuery(api.evaluation.matrix.queryOptions())
  const jobs = useQuery(api.jobs.list.queryOptions())
  const training = (jobs.data ?? []).filter((job) => job.kind === 'train' && isLive(job)).length
  const train = (
    <Button icon={Activity} shortcut="g t" hint={t('newRunHint')} onClick={() => navigate('/training')}>
      {t('newRun')}
    </Button>
  )
  return (
    <Page title={t('title')} detail={report.data && runsText(report.data.runs.length, training)} actions={train}>
      {report.isPending ? (
        <Skeleton lines={8} label={t('loading')} />
      ) : report.isError ? (
        <ErrorState error={report.error} onRetry={() => void report.refetch()} />
      ) : report.data.runs.length === 0 ? (
        <EmptyState
          icon={Grid3x3}
          title={training > 0 ? t('empty.training') : t('empty.title')}
          actions={
            <Button tone="primary" icon={Activity} onClick={() => navigate('/training')}>
              {training > 0 ? t('empty.watch') : t('empty.train')}
            </Button>
          }
        >
          <p>{t('empty.detail')}</p>
        </EmptyState>
      ) : (
        <Comparison report={report.data} />
      )}
    </Page>
  )
}

const runsText = (count: number, training: number): string => (training > 0 ? t('moreRuns', { count, training }) : t('runs', { count }))

const sideName = ({ label, seed }: Choice): string => t('matrix.side', { method: label, seed: String(seed) })

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
      aria-label={name === 'a' ? t('matrix.left') : t('matrix.right')}
      className={styles.side}
      value={choice.id}
      onChange={(id) => set(name, id)}
      options={all.map((each) => ({ value: each.id, label: sideName(each) }))}
    />
  )
  return (
    <>
      {sentence && (
        <p className={styles.sentence} role="status">
          {sentence}
        </p>
      )}
      <Panel title={t('summary.title')} detail={t('summary.detail')}>
        <SummaryTable summary={report.summary} />
      </Panel>
      <Panel
        title={GLOSSARY.matrix.term}
        detail={t('matrix.detail')}
        actions={<Segmented label={t('measure.title')} value={measure} onChange={(value) => set('measure', value)} options={MEASURES} />}
      >
        <div className={styles.matrices}>
          <div className={styles.matrix}>
            {side('a', left)}
            <Matrix label={sideName(left)} rows={before} axes={both} measure={measure} />
          </div>
          {right && after && (
            <>
              <div className={styles.matrix}>
                {side('b', right)}
                <Matrix label={sideName(right)} rows={after} axes={both} measure={measure} />
              </div>
              <div className={styles.matrix}>
                <h3 className={styles.difference}>
                  {measure === 'correlation' ? t('matrix.differenceTitle') : t('matrix.differencePoints')}
                </h3>
                <Difference before={before} after={after} axes={both} measure={measure} />
              </div>
            </>
          )}
        </div>
        {shared.length > 0 && (
          <p className={styles.shared}>
            {t.rich('matrix.curves', {
              sources: () =>
                shared.map(({ source, a, b }, i) => (
                  <span key={source}>
                    {i > 0 && ' · '}
                    <Link href={`/training/compare?${new URLSearchParams({ a, b }).toString()}`}>{source}</Link>
                  </span>
                )),
            })}
          </p>
        )}
      </Panel>
    </>
  )
}
