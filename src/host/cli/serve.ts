import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { createRouterClient } from '@orpc/server'
import { BlindfoldError } from '../../core/errors.ts'
import { log } from '../../core/log.ts'
import { RootedPaths } from '../../services/grants.ts'
import { assetsFolder, compose, places } from '../compose.ts'
import { serve, type Serving } from '../serve.ts'
import { SessionKey } from '../serve/key.ts'
import { EntryPage } from '../serve/open.ts'
import type { Output } from './output.ts'
import { projectFolder, type Client } from './session.ts'

interface ServeOptions {
  port: number
  project?: string
  root: string[]
  open: boolean
  signOut: boolean
}

/** `blindfold serve`: the interface for a browser on this machine, until Ctrl-C; or, with `signOut`, the end of all sessions. */
export async function serveInterface(options: ServeOptions, output: Output): Promise<void> {
  const { userDir } = places()
  if (options.signOut) return signOut(userDir, output)
  const assets = assetsFolder()
  if (!existsSync(join(assets, 'index.html'))) {
    throw new BlindfoldError('FILE_NOT_FOUND', 'The interface is not built.', {
      file: assets,
      remedy: 'Run npm run build once, or start it with npm run serve.',
    })
  }
  const project = options.project === undefined ? undefined : projectFolder(options.project)
  const roots = options.root.length > 0 ? options.root : [homedir(), ...(project ? [dirname(project)] : [])]
  const composition = compose(await RootedPaths.of(roots, project))
  let serving: Serving | null = null
  let page: EntryPage | null = null
  try {
    if (project) {
      const client: Client = createRouterClient(composition.router, { context: {} })
      await client.projects.open({ path: project })
    }
    const onSignedOut = (url: string): void => {
      page?.write(url)
      void output.value({ url })
      void output.line(`All browsers were signed out. Blindfold is now at ${url}`)
    }
    serving = await serve({ composition, assets, userDir, port: options.port, onSignedOut }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EADDRINUSE') throw error
      throw new BlindfoldError('INVALID_INPUT', `Port ${options.port} is in use.`, {
        field: 'port',
        remedy: 'Choose another port, or omit --port to use a free one.',
      })
    })
    await output.value({ url: serving.url })
    await output.line(`Blindfold is at ${serving.url}`)
    await output.line('The address contains an access token; keep it private. Press Ctrl+C to stop. Training runs continue.')
    if (options.open) {
      page = new EntryPage(userDir, new URL(serving.origin).port)
      page.write(serving.url)
      page.open((file) => log(`No browser could be started. Open the address above, or ${file}.`))
    }
    await new Promise<void>((resolve) => {
      process.once('SIGINT', resolve)
      process.once('SIGTERM', resolve)
    })
  } finally {
    page?.remove()
    await serving?.close()
    await composition.close()
  }
}

/** Servers that run take notice within a second. */
async function signOut(userDir: string, output: Output): Promise<void> {
  new SessionKey(userDir).replace()
  await output.value({ signedOut: true })
  await output.line('All browsers are signed out. A running server prints its new address.')
}
