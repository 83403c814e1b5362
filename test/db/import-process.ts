import { existsSync } from 'node:fs'
import { importKind } from '../../src/jobs/kinds/import.ts'
import { Project } from './importing.ts'

// Imports files in a process of its own, to be killed: `import-process.ts FOLDER INPUT-JSON`. Goes on with the import that
// was interrupted, where there is one; there is nothing to do where it was through. Says `started` or `resumed`, each phase of the job as it comes, and `done`.
const [, , folder, input] = process.argv
if (!folder || !input) throw new Error('usage: import-process.ts FOLDER INPUT-JSON')
const project = await Project.open(folder, !existsSync(`${folder}/project.db`))
const jobs = await project.jobs.list()
if (jobs.some(({ state }) => state.status === 'succeeded')) {
  console.error('done')
  await project.close()
  process.exit(0)
}
const stopped = jobs.find((job) => job.state.status === 'interrupted')
const { id } = stopped ? await project.jobs.resume(stopped.id) : await project.jobs.start(importKind, JSON.parse(input))
console.error(stopped ? 'resumed' : 'started')
let phase = ''
const watch = setInterval(() => {
  void project.jobs.get(id).then(({ state }) => {
    const now = 'progress' in state ? (state.progress?.phase ?? '') : ''
    if (now !== phase) console.error((phase = now))
  })
}, 1)
const job = await project.ended(id)
clearInterval(watch)
console.error(job.state.status === 'succeeded' ? 'done' : JSON.stringify(job.state))
await project.close()
