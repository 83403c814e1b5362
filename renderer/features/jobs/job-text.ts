import type { Job, JobKind, JobStatus, Progress } from '../../../src/contract/jobs.ts'
import { bytes, compactCount, count, duration } from '../../../src/core/format.ts'

export const KINDS: Record<JobKind, string> = {
  import: 'Import',
  retry: 'Retry quarantined records',
  heal: 'Search for missing images',
  duplicates: 'Search for duplicates',
  bulk: 'Bulk action',
  'undo-bulk': 'Undo of a bulk action',
  scan: 'Blind test',
  probe: 'Probe with images',
  stability: 'Stability over seeds',
  'model-download': 'Download of a model',
  'model-build': 'Build of MiniLM',
  environment: 'Python environment',
  train: 'Training',
  export: 'Export',
  demo: 'Demo data',
}

export const STATUSES: Record<JobStatus, { label: string; tone: 'neutral' | 'accent' | 'success' | 'danger' | 'warning' }> = {
  queued: { label: 'Queued', tone: 'neutral' },
  running: { label: 'Running', tone: 'accent' },
  cancelling: { label: 'Cancelling', tone: 'warning' },
  succeeded: { label: 'Done', tone: 'success' },
  failed: { label: 'Failed', tone: 'danger' },
  cancelled: { label: 'Cancelled', tone: 'neutral' },
  interrupted: { label: 'Interrupted', tone: 'warning' },
}

export const canCancel = (job: Job): boolean => job.state.status === 'queued' || job.state.status === 'running'
export const progressOf = (job: Job): Progress | null => (job.state.status === 'queued' ? null : job.state.progress)

/** The share done, or null while the total is not known. */
export const shareOf = (progress: Progress | null): number | null =>
  progress && progress.total !== null && progress.total > 0 ? progress.done / progress.total : null

/** `1,200 of 4,000 pairs · 310 pairs/s · 9 s left`, `1.2 MB of 4.0 MB · 310.0 kB/s`: only what is known. */
export function progressText(progress: Progress | null): string {
  if (!progress) return ''
  const { done, total, rate, unit } = progress
  const isBytes = unit === 'bytes'
  const parts = isBytes
    ? [total === null ? bytes(done) : `${bytes(done)} of ${bytes(total)}`]
    : [total === null ? `${count(done)} ${unit}` : `${count(done)} of ${count(total)} ${unit}`]
  if (rate !== null) parts.push(isBytes ? `${bytes(rate)}/s` : `${rate < 10 ? rate.toFixed(1) : compactCount(rate)} ${unit}/s`)
  if (progress.etaSeconds !== null) parts.push(`${duration(progress.etaSeconds)} left`)
  return parts.join(' · ')
}

/** What a live job does while it has no numbers to show. */
export function waitingText(job: Job): string {
  if (job.state.status === 'queued') return 'Queued'
  return job.state.status === 'cancelling' ? 'Stopping…' : 'Starting…'
}

/** How long the job ran, or null before it started. */
export function elapsed(job: Job): string | null {
  const state = job.state
  if (state.status === 'queued' || state.startedAt === null) return null
  const end = 'endedAt' in state ? Date.parse(state.endedAt) : Date.now()
  return duration((end - Date.parse(state.startedAt)) / 1000)
}
