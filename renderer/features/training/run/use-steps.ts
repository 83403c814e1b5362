import { useQuery } from '@tanstack/react-query'
import type { StepPoint } from '../../../../src/contract/training.ts'
import { api, client, queryClient } from '../../../api/client.ts'

/** The curve of a run. Each time it grew, only its new steps are asked for; those that a resumed run repeats are the same. */
export function useSteps(runId: string) {
  const queryKey = api.training.steps.key({ input: { runId } })
  return useQuery<readonly StepPoint[]>({
    queryKey,
    queryFn: async ({ signal }) => {
      const had = queryClient.getQueryData<readonly StepPoint[]>(queryKey) ?? []
      const more = await client.training.steps({ runId, after: had.at(-1)?.step }, { signal })
      return more.length === 0 ? had : [...had, ...more]
    },
  })
}
