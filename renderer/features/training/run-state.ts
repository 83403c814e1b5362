import type { Run } from '../../../src/contract/training.ts'

export const isRunning = ({ state }: Pick<Run, 'state'>): boolean => ['queued', 'running', 'cancelling'].includes(state.status)

/** The share of all steps done, or null while their number is not known. */
export const shareDone = ({ step, totalSteps }: Pick<Run, 'step' | 'totalSteps'>): number | null => (totalSteps ? step / totalSteps : null)
