import type { Run } from '../../../src/contract/training.ts'
import { runLabel } from '../../../src/core/run-label.ts'

/** What tells a run from others with the same options, for the messages that name it. */
export const runName = (run: Run) => ({ run: runLabel(run.options), source: run.trainSource, seed: String(run.options.seed) })
