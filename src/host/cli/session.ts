import { resolve } from 'node:path'
import { createRouterClient } from '@orpc/server'
import type { ContractRouterClient } from '@orpc/contract'
import type { Contract } from '../../contract/index.ts'
import type { ErrorCode } from '../../core/errors.ts'
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
  const composition = compose()
  try {
    const client: Client = createRouterClient(composition.router, { context: {} })
    if (options.create && !holdsProject(path)) await client.projects.create({ path })
    else await open(client, path, options.reads ?? false)
    return await work(client, path)
  } finally {
    await composition.close()
  }
}

/** What keeps a project from being written, but not from being read. */
const READABLE: readonly ErrorCode[] = ['PROJECT_LOCKED', 'PROJECT_UNTRUSTED', 'FILE_NOT_WRITABLE']

async function open(client: Client, path: string, reads: boolean): Promise<void> {
  try {
    await client.projects.open({ path })
  } catch (error) {
    if (!reads || !READABLE.includes(toFailure(error).code)) throw error
    await client.projects.open({ path, access: 'read' })
  }
}

/** The folder a user means: `vqa` is `vqa.blindfold`, unless `vqa` itself is a project. */
export function projectFolder(given: string): string {
  const path = resolve(given)
  return path.endsWith('.blindfold') || holdsProject(path) ? path : `${path}.blindfold`
}
