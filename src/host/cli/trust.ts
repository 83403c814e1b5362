import type { Output } from './output.ts'
import { projectFolder, withBackend } from './session.ts'

/** `blindfold trust`: says that a project which was made elsewhere may be worked in. It is opened once, so that it is checked. */
export async function trust(options: { project: string }, output: Output): Promise<void> {
  const project = projectFolder(options.project)
  await withBackend((client) => client.projects.trust({ path: project }))
  await output.value({ project, trusted: true })
  await output.line(`${project} is trusted on this machine from now on.`)
}
