import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useEffect, useMemo, useState } from 'react'
import type { ExportFormat, ExportInput } from '../../../src/contract/exports.ts'
import type { PairFilter } from '../../../src/contract/pairs.ts'
import type { ProjectInfo } from '../../../src/contract/projects.ts'
import { api, client } from '../../api/client.ts'
import { failureOf, type ShownFailure } from '../../api/failure.ts'
import { closeDialog, useDialogs } from '../../state/dialogs.ts'
import { Button } from '../../ui/Button.tsx'
import { Dialog } from '../../ui/overlays/Dialog.tsx'
import { FailureNote } from '../../ui/states.tsx'
import { watchJob } from '../jobs/watch.ts'
import { describeFilter } from '../../../src/core/pair-filters.ts'
import { EXPORT_LABELS } from '../../../src/core/vocabulary.ts'
import styles from './ExportDialog.module.css'
import { ExportOptions } from './ExportOptions.tsx'
import { ExportPlanView } from './ExportPlanView.tsx'
import { ExportProgress } from './ExportProgress.tsx'
import { EXPORT_FORMATS, type ExportForm, exportRequest, suggestedFolder } from './formats.ts'
import { words } from '../../words/words.ts'

const t = words.export

/** How long the form must rest before the plan is asked for: it looks through all pairs. */
const REST_MS = 300

/** Writes pairs as a dataset folder: what would be written, and what the format cannot hold, is shown before. */
export function ExportDialog({ project }: { project: ProjectInfo }) {
  const shown = useDialogs((state) => state.exportFilter)
  const [filter, setFilter] = useState<PairFilter>(shown)
  const [form, setForm] = useState<ExportForm>(() => ({
    format: 'trl',
    out: suggestedFolder(project.path, 'trl'),
    label: EXPORT_LABELS[0],
    includeExcluded: false,
    images: 'copy',
    columns: true,
    guardFormulas: true,
    resplit: false,
    testPercent: '10',
    seed: '0',
  }))
  const [jobId, setJobId] = useState<string | null>(null)
  const [failure, setFailure] = useState<ShownFailure | null>(null)

  const request = useMemo(() => exportRequest(form, filter), [form, filter])
  const rested = useRested(request, REST_MS)
  const plan = useQuery(
    api.exports.plan.queryOptions({
      input: rested ?? { out: '-' },
      enabled: rested !== null && jobId === null,
      placeholderData: keepPreviousData,
      staleTime: 0,
    }),
  )
  const current = request !== null && request === rested && plan.data !== undefined && !plan.isPlaceholderData && !plan.isError
  const ready = current && plan.data.obstacle === null && plan.data.pairs > 0

  const change = (part: Partial<ExportForm>) => {
    const out =
      part.format && form.out === suggestedFolder(project.path, form.format) ? { out: suggestedFolder(project.path, part.format) } : {}
    // Parquet has an image type: there the bytes belong into the records, unless one says otherwise.
    const images =
      part.format && part.format !== form.format ? { images: part.format === 'trl-parquet' ? ('embed' as const) : ('copy' as const) } : {}
    setFailure(null)
    setForm({ ...form, ...out, ...images, ...part })
  }
  const start = async () => {
    if (!ready || !request) return
    try {
      const started = await client.exports.start(request)
      watchJob(started.jobId)
      setJobId(started.jobId)
    } catch (error) {
      setFailure(failureOf(error))
    }
  }
  if (jobId !== null) return <ExportProgress jobId={jobId} format={form.format} onBack={() => setJobId(null)} />
  return (
    <Dialog
      title={t('title')}
      size="wide"
      onClose={closeDialog}
      onSubmit={() => void start()}
      footer={
        <>
          <span className={styles.total} role="status">
            {current
              ? t('summary', { count: plan.data.pairs, format: t(`formats.${form.format}.label`) })
              : request === null
                ? ''
                : t('preparing')}
          </span>
          <Button onClick={closeDialog}>{t('cancel')}</Button>
          <Button type="submit" tone="primary" disabled={!ready}>
            {t('export')}
          </Button>
        </>
      }
    >
      <div className={styles.columns}>
        <Formats value={form.format} onChange={(format) => change({ format })} />
        <div className={styles.right}>
          <ExportOptions
            form={form}
            onChange={change}
            filter={filter}
            onFilter={setFilter}
            shown={describeFilter(shown) ? shown : null}
            sources={project.sources.map((source) => source.name)}
          />
          {failure ? (
            <FailureNote failure={failure} />
          ) : (
            <ExportPlanView plan={plan.data ?? null} old={!current} error={plan.isError && !plan.isFetching ? plan.error : null} />
          )}
        </div>
      </div>
    </Dialog>
  )
}

function Formats({ value, onChange }: { value: ExportFormat; onChange: (format: ExportFormat) => void }) {
  return (
    <div role="radiogroup" aria-label={t('format')} className={styles.formats}>
      {(Object.keys(EXPORT_FORMATS) as ExportFormat[]).map((format) => (
        <label key={format} className={styles.format}>
          <input type="radio" name="export-format" checked={format === value} onChange={() => onChange(format)} />
          <span className={styles.formatName}>{t(`formats.${format}.label`)}</span>
          <span className={styles.sentence}>{t(`formats.${format}.detail`)}</span>
        </label>
      ))}
    </div>
  )
}

/** The value once it has not changed for a while. */
function useRested(value: ExportInput | null, ms: number): ExportInput | null {
  const [rested, setRested] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setRested(value), ms)
    return () => clearTimeout(timer)
  }, [value, ms])
  return rested
}
