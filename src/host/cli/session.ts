import { resolve } from 'node:path'
import { createRouterClient } from '@orpc/server'
import type { ContractRouterClient } from '@orpc/contract'
import type { Contract } from '../../contract/index.ts'
import { canStillBeRead } from '../../core/errors.ts'
import { holdsProject } from '../../node/project-folder.ts'
import { compose } from '../compose.ts'
import { toFailure } from './failures.ts'

/** The contract's procedures, called in this process. */
export type Client = ContractRouterClient<Contract>

/**
 * Opens a project, does the work and closes it again, also where the work throws.
 *
 * @param options.create make the project where there is none yet
 * @param options.reads the work only reads, so that it is possible in a project that is open elsewhere, was made elsewhere, or cannot be written to
 */
export async function withProject<Result>(
  given: string,
  options: { create: boolean; reads?: boolean },
  work: (client: Client, path: string) => Promise<Result>,
): Promise<Result> {
  const path = projectFolder(given)
  return withBackend(async (client) => {
    if (options.create && !holdsProject(path)) await client.projects.create({ path })
    else await open(client, path, options.reads ?? false)
    return work(client, path)
  })
}

/** Does work with a backend of its own, in this process, and closes what it opened, also where the work throws. */
export async function withBackend<Result>(work: (client: Client) => Promise<Result>): Promise<Result> {
  const composition = compose()
  try {
    return await work(createRouterClient(composition.router, { context: {} }))
  } finally {
    await composition.close()
  }
}

async function open(client: Client, path: string, reads: boolean): Promise<void> {
  try {
    await client.projects.open({ path })
  } catch (error) {
    if (!reads || !canStillBeRead(toFailure(error).code)) throw error
    await client.projects.open({ path, access: 'read' })
  }
}

/** The folder a user means: `vqa` is `vqa.blindfold`, unless `vqa` itself is a project. */
export function projectFolder(given: string): string {
  const path = resolve(given)
  return path.endsWith('.blindfold') || holdsProject(path) ? path : `${path}.blindfold`
}
