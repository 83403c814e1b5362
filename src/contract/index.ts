import { events } from './events.ts'
import { demo, exports } from './exports.ts'
import { imports } from './imports.ts'
import { jobs } from './jobs.ts'
import { scan } from './overview.ts'
import { pairs, review } from './pairs.ts'
import { projects } from './projects.ts'
import { evaluation, training } from './training.ts'

/** Everything the interface can ask of the backend; the same over MessagePort, WebSocket and the command line. */
export const contract = { projects, imports, jobs, scan, pairs, review, training, evaluation, exports, demo, events }
export type Contract = typeof contract
