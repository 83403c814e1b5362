import { z } from 'zod'
import { TRAINER_PROTOCOL_VERSION } from '../core/vocabulary.ts'
import { trainerFault } from './trainer.ts'

/** What a preflight prints if it cannot tell: there is no such model, or the config is wrong. It ends with code 2. */
export const preflightRefusal = z.object({ v: z.literal(TRAINER_PROTOCOL_VERSION), error: trainerFault })
