import type { Job } from '../../../src/contract/jobs.ts'
import { navigate } from '../../state/location.ts'
import { plural } from '../../../src/core/format.ts'
import { toast, toastError } from '../../ui/overlays/Toast.tsx'
import { undoBulk } from '../curation/curation-actions.ts'
import { copyText } from '../export/copy.ts'
import { STATUSES } from './job-text.ts'

/** Says how a job ended, with what one may want to do next. */
export function tellEnding(job: Job): void {
  const { state } = job
  if (state.status === 'failed') return toastError(undefined, { ...state.error, message: `${job.title}: ${state.error.message}` })
  if (state.status !== 'succeeded') return toast(`${job.title}: ${STATUSES[state.status].label.toLowerCase()}`)
  const { bulkId, changed, out } = state.result
  if (job.kind === 'scan' || job.kind === 'probe' || job.kind === 'stability')
    return toast(`${job.title}: done`, { action: { label: 'Overview', onClick: () => navigate('/overview') } })
  if (job.kind === 'export' && typeof out === 'string')
    return toast(`${job.title}: done`, { detail: out, action: { label: 'Copy path', onClick: () => void copyText(out) } })
  if (job.kind === 'bulk' && typeof bulkId === 'number' && typeof changed === 'number') {
    if (changed === 0) return toast(`${job.title}: nothing to change`, { detail: 'No pair needed the change.' })
    return toast(`${job.title}: done`, {
      detail: changed === state.result.pairs ? undefined : `${plural(changed, 'pair')} changed, the others were so already.`,
      action: { label: 'Undo', onClick: () => void undoBulk(bulkId) },
    })
  }
  toast(`${job.title}: done`)
}
