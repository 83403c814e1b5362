import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createRouterClient } from '@orpc/server'
import { BlindfoldError } from '../../core/errors.ts'
import { assetsFolder, compose } from '../compose.ts'
import { serve } from '../serve.ts'
import type { Output } from './output.ts'
import { projectFolder, type Client } from './session.ts'

/** `blindfold serve`: the interface for a browser on this machine, until Ctrl-C. */
export async function serveInterface(options: { port: number; project?: string }, output: Output): Promise<void> {
  const assets = assetsFolder()
  if (!existsSync(join(assets, 'index.html'))) {
    throw new BlindfoldError('FILE_NOT_FOUND', 'The interface is not built.', { file: assets, remedy: 'Run npm run build once, or start it with npm run serve.' })
  }
  const composition = compose({ window: true })
  try {
    if (options.project) {
      const client: Client = createRouterClient(composition.router, { context: {} })
      await client.projects.open({ path: projectFolder(options.project) })
    }
    const serving = await serve({ composition, assets, port: options.port }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EADDRINUSE') throw error
      throw new BlindfoldError('INVALID_INPUT', `Port ${options.port} is taken.`, {
        field: 'port',
        remedy: 'Name another port, or leave --port out to take a free one.',
      })
    })
    await output.value({ url: serving.url })
    await output.line(`Blindfold is at ${serving.url}`)
    await output.line('The address holds the key to it: share it with nobody. Ctrl-C ends it; training runs go on.')
    await new Promise<void>((resolve) => {
      process.once('SIGINT', resolve)
      process.once('SIGTERM', resolve)
    })
    await serving.close()
  } finally {
    await composition.close()
  }
}
