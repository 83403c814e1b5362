import { resolve } from 'node:path'
import { createRouterClient } from '@orpc/server'
import type { ContractRouterClient } from '@orpc/contract'
import type { Contract } from '../../contract/index.ts'
import { holdsProject } from '../../node/project-folder.ts'
import { compose, type Composition } from '../compose.ts'
import { toFailure } from './failures.ts'

/** The contract's procedures, called in this process. */
export type Client = ContractRouterClient<Contract>

/**
 * Opens a project, does the work and closes it again, also where the work throws.
 *
 * @param options.create make the project where there is none yet
 * @param options.reads the work only reads, so that it goes on beside somebody who has the project open
 */
export async function withProject<Result>(
  given: string,
  options: { create: boolean; reads?: boolean },
  work: (client: Client, path: string) => Promise<Result>,
): Promise<Result> {
  const path = projectFolder(given)
  const composition = compose()
  try {
    const client: Client = createRouterClient(composition.router, { context: {} })
    if (options.create && !holdsProject(path)) await client.projects.create({ path })
    else await open(composition, client, path, options.reads ?? false)
    return await work(client, path)
  } finally {
    await composition.close()
  }
}

async function open(composition: Composition, client: Client, path: string, reads: boolean): Promise<void> {
  try {
    await client.projects.open({ path })
  } catch (error) {
    if (!reads || toFailure(error).code !== 'PROJECT_LOCKED') throw error
    await composition.read(path)
  }
}

/** The folder a user means: `vqa` is `vqa.blindfold`, unless `vqa` itself is a project. */
export function projectFolder(given: string): string {
  const path = resolve(given)
  return path.endsWith('.blindfold') || holdsProject(path) ? path : `${path}.blindfold`
}
