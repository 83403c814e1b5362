import type { Run } from '../../../src/contract/training.ts'

/** The share of all steps done, or null while their number is not known. */
export const shareDone = ({ step, totalSteps }: Pick<Run, 'step' | 'totalSteps'>): number | null => (totalSteps ? step / totalSteps : null)

/** Which place a run has among those that wait, from 1; null for one that does not wait. The oldest goes first. */
export function placeInQueue(run: Run, runs: readonly Run[]): number | null {
  const waiting = runs.filter(({ state }) => state.status === 'queued').sort((a, b) => a.createdAt.localeCompare(b.createdAt))
  const place = waiting.findIndex(({ id }) => id === run.id)
  return place < 0 ? null : place + 1
}
