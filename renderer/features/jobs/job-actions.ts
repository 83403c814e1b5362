import { api, client, queryClient } from '../../api/client.ts'
import { toastError } from '../../ui/overlays/Toast.tsx'

const refresh = () => void queryClient.invalidateQueries({ queryKey: api.jobs.key() })

/** Asks the job to stop; it says itself when it has. */
export async function cancelJob(jobId: string): Promise<void> {
  await client.jobs.cancel({ jobId }).catch((error: unknown) => toastError(error))
  refresh()
}

export async function resumeJob(jobId: string): Promise<void> {
  await client.jobs.resume({ jobId }).catch((error: unknown) => toastError(error))
  refresh()
}
