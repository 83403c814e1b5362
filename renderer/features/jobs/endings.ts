import type { Job } from '../../../src/contract/jobs.ts'
import { navigate } from '../../state/location.ts'
import { toast, toastError } from '../../ui/overlays/Toast.tsx'
import { undoBulk } from '../curation/curation-actions.ts'
import { copyText } from '../export/copy.ts'
import { words } from '../../words/words.ts'

const t = words.jobs

/** Says how a job ended, with what one may want to do next. */
export function tellEnding(job: Job): void {
  const { state } = job
  if (state.status === 'failed')
    return toastError(undefined, { ...state.error, message: t('ending.failed', { title: job.title, reason: state.error.message }) })
  if (state.status !== 'succeeded') return toast(t('ending.other', { title: job.title, status: t(`status.${state.status}`).toLowerCase() }))
  const { bulkId, changed, out } = state.result
  if (job.kind === 'scan' || job.kind === 'probe' || job.kind === 'stability')
    return toast(t('ending.done', { title: job.title }), { action: { label: t('link.overview'), onClick: () => navigate('/overview') } })
  if (job.kind === 'export' && typeof out === 'string')
    return toast(t('ending.done', { title: job.title }), {
      detail: out,
      action: { label: t('ending.copyPath'), onClick: () => void copyText(out) },
    })
  if (job.kind === 'bulk' && typeof bulkId === 'number' && typeof changed === 'number') {
    if (changed === 0) return toast(t('ending.nothing', { title: job.title }), { detail: t('ending.nothingDetail') })
    return toast(t('ending.done', { title: job.title }), {
      detail: changed === state.result.pairs ? undefined : t('ending.someChanged', { count: changed }),
      action: { label: t('ending.undo'), onClick: () => void undoBulk(bulkId) },
    })
  }
  toast(t('ending.done', { title: job.title }))
}
