import { z } from 'zod'
import { preflightReport } from '../contract/preflight.ts'
import { preflightRefusal } from './preflight.ts'
import { snapshotPair, trainerCommand, trainerConfig, trainerEvent } from './trainer.ts'

/** What `npm run gen` writes, by file name. A config is described as it may be written (defaults left out). */
export const TRAINER_SCHEMAS = {
  'config.json': { schema: trainerConfig, io: 'input' },
  'pair.json': { schema: snapshotPair, io: 'output' },
  'events.json': { schema: trainerEvent, io: 'output' },
  'command.json': { schema: trainerCommand, io: 'output' },
  'preflight.json': { schema: z.union([preflightReport, preflightRefusal]), io: 'output' },
} as const
