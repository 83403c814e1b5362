import { exportKind } from '../../src/jobs/kinds/export.ts'
import { Project } from './importing.ts'

// Exports in a process of its own, to be killed: `export-process.ts FOLDER INPUT-JSON`. Says `started` when the job is
// made, and `done` at the end.
const [, , folder, input] = process.argv
if (!folder || !input) throw new Error('usage: export-process.ts FOLDER INPUT-JSON')
const project = await Project.open(folder)
const { id } = await project.jobs.start(exportKind, JSON.parse(input))
console.error('started')
const job = await project.ended(id)
console.error(job.state.status === 'succeeded' ? 'done' : JSON.stringify(job.state))
await project.close()
