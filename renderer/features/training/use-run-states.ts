import { useQuery } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { api, queryClient } from '../../api/client.ts'

/**
 * Asks for runs again when the job of one changes its state. A run's state is its job's, and a job that fails before its
 * trainer speaks, or is cancelled while it waits, tells of itself as a job alone.
 */
export function useRunStates(): void {
  const jobs = useQuery(api.jobs.list.queryOptions())
  const states = jobs.data
    ?.filter((job) => job.kind === 'train')
    .map((job) => `${job.id} ${job.state.status}`)
    .join('\n')
  const known = useRef(states)
  useEffect(() => {
    const changed = known.current !== undefined && known.current !== states
    known.current = states
    if (changed) void queryClient.invalidateQueries({ queryKey: api.training.key() })
  }, [states])
}
