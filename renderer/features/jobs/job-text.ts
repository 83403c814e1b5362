import type { Job, JobStatus, Progress } from '../../../src/contract/jobs.ts'
import { words } from '../../words/words.ts'
import { bytes, compactCount, count, duration } from '../../../src/core/format.ts'

const t = words.jobs

export const STATUS_TONES: Record<JobStatus, 'neutral' | 'accent' | 'success' | 'danger' | 'warning'> = {
  queued: 'neutral',
  running: 'accent',
  cancelling: 'warning',
  succeeded: 'success',
  failed: 'danger',
  cancelled: 'neutral',
  interrupted: 'warning',
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
  const amount = isBytes ? bytes : count
  const reached = total === null ? amount(done) : t('doneOf', { done: amount(done), total: amount(total) })
  const parts = [isBytes ? reached : t('unitsOf', { amount: reached, unit })]
  if (rate !== null && isBytes) parts.push(t('perSecond', { amount: bytes(rate) }))
  else if (rate !== null) parts.push(t('unitsPerSecond', { amount: rate < 10 ? rate.toFixed(1) : compactCount(rate), unit }))
  if (progress.etaSeconds !== null) parts.push(t('left', { duration: duration(progress.etaSeconds) }))
  return parts.join(' · ')
}

/** What a live job does while it has no numbers to show. */
export function waitingText(job: Job): string {
  if (job.state.status === 'queued') return t('queued')
  return job.state.status === 'cancelling' ? t('stopping') : t('starting')
}

/** How long the job ran, or null before it started. */
export function elapsed(job: Job): string | null {
  const state = job.state
  if (state.status === 'queued' || state.startedAt === null) return null
  const end = 'endedAt' in state ? Date.parse(state.endedAt) : Date.now()
  return duration((end - Date.parse(state.startedAt)) / 1000)
}
