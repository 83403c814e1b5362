import { create } from 'zustand'
import { api, queryClient } from '../../api/client.ts'

/** Jobs that this window started and whose end it tells, however soon they end. */
export const useWatched = create<{ ids: ReadonlySet<string> }>(() => ({ ids: new Set() }))

export function watchJob(jobId: string): void {
  useWatched.setState(({ ids }) => ({ ids: new Set([...ids, jobId]) }))
  void queryClient.invalidateQueries({ queryKey: api.jobs.key() })
}

export const unwatchJob = (jobId: string): void =>
  useWatched.setState(({ ids }) => ({ ids: new Set([...ids].filter((id) => id !== jobId)) }))
