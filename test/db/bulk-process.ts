import { bulkKind } from '../../src/jobs/kinds/bulk.ts'
import { undoBulkKind } from '../../src/jobs/kinds/undo-bulk.ts'
import { Project } from './importing.ts'

// Changes pairs in a process of its own, to be killed: `bulk-process.ts FOLDER bulk|undo INPUT-JSON`. Goes on with what was
// interrupted, where something was. Prints the state that the job ends in.
const [, , folder, what, input] = process.argv
if (!folder || !input) throw new Error('usage: bulk-process.ts FOLDER bulk|undo INPUT-JSON')
const project = await Project.open(folder)
const stopped = (await project.jobs.list()).find((job) => job.state.status === 'interrupted')
const begun = () =>
  what === 'undo' ? project.jobs.start(undoBulkKind, JSON.parse(input)) : project.jobs.start(bulkKind, JSON.parse(input))
const { id } = await (stopped ? project.jobs.resume(stopped.id) : begun())
const job = await project.ended(id)
process.stdout.write(JSON.stringify({ resumed: stopped !== undefined, state: job.state }))
await project.close()
