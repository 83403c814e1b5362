import { z } from 'zod'
import { preflightReport } from '../contract/preflight.ts'
import { TRAINER_PROTOCOL_VERSION, trainerFault } from './trainer.ts'

const version = z.literal(TRAINER_PROTOCOL_VERSION)

/** What `python -m blindfold_trainer preflight --json RUN` prints. */
export const preflightAnswer = z.object({ v: version, ...preflightReport.shape })

/** What it prints if it cannot tell: there is no such model, or the config is wrong. It ends with code 2. */
export const preflightRefusal = z.object({ v: version, error: trainerFault })
