import { Project } from './importing.ts'
import { startRun } from './training-project.ts'

// Starts a run in a backend of its own, to be killed: `training-process.ts FOLDER RUN-ID`. Prints `started`.
const [, , folder, runId] = process.argv
if (!folder || !runId) throw new Error('usage: training-process.ts FOLDER RUN-ID')
const project = await Project.open(folder)
await startRun(project, runId)
console.error('started')
