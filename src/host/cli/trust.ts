import { createRouterClient } from '@orpc/server'
import { compose } from '../compose.ts'
import type { Output } from './output.ts'
import { projectFolder, type Client } from './session.ts'

/** `blindfold trust`: says that a project which was made elsewhere may be worked in. It is opened once, so that it is checked. */
export async function trust(options: { project: string }, output: Output): Promise<void> {
  const project = projectFolder(options.project)
  const composition = compose()
  try {
    const client: Client = createRouterClient(composition.router, { context: {} })
    await client.projects.trust({ path: project })
  } finally {
    await composition.close()
  }
  await output.value({ project, trusted: true })
  await output.line(`${project} is trusted on this machine from now on.`)
}
