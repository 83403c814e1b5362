import { importKind } from '../../src/jobs/kinds/import.ts'
import { Project } from './importing.ts'

// Imports a file in a process of its own, to be killed: `import-process.ts FOLDER INPUT-JSON`. Goes on with the import
// that was interrupted, where there is one. Prints a line whenever progress was made, and `done` at the end.
const [, , folder, input] = process.argv
if (!folder || !input) throw new Error('usage: import-process.ts FOLDER INPUT-JSON')
const project = await Project.open(folder)
const stopped = (await project.jobs.list()).find((job) => job.state.status === 'interrupted')
const { id } = stopped ? await project.jobs.resume(stopped.id) : await project.jobs.start(importKind, JSON.parse(input))
console.error(stopped ? 'resumed' : 'started')
const job = await project.ended(id)
console.error(job.state.status === 'succeeded' ? 'done' : JSON.stringify(job.state))
await project.close()
