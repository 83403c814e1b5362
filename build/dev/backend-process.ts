import { homedir } from 'node:os'
import { dirname } from 'node:path'
import { parseArgs } from 'node:util'
import { createRouterClient } from '@orpc/server'
import { assetsFolder, compose, places } from '../../src/host/compose.ts'
import { serve, type Serving } from '../../src/host/serve.ts'
import { RootedPaths } from '../../src/services/grants.ts'
import type { FromBackend } from './backend.ts'

// The backend of `npm run dev`: what `blindfold serve` runs, until the parent disconnects. It reports which project is open.
const { values } = parseArgs({
  options: { port: { type: 'string' }, project: { type: 'string' }, root: { type: 'string', multiple: true } },
})
const { project } = values
const report = (message: FromBackend): void => void (process.connected && process.send?.(message))

const roots = values.root ?? [homedir(), ...(project ? [dirname(project)] : [])]
const composition = compose(await RootedPaths.of(roots, project))
let serving: Serving | null = null
const stop = (): void => void Promise.all([serving?.close(), composition.close()]).finally(() => process.exit())
// Ctrl+C reaches every process of the terminal: the parent decides when this one ends.
process.on('SIGINT', () => undefined)
process.once('disconnect', stop)
// A save can come while the modules are loaded.
if (!process.connected) stop()

if (project) {
  const client = createRouterClient(composition.router, { context: {} })
  await client.projects.open({ path: project }).catch((error: unknown) => console.error(`${project} was not opened:`, error))
}
composition.onProject((path) => report({ project: path }))
serving = await serve({ composition, assets: assetsFolder(), userDir: places().userDir, port: Number(values.port) })
report({ port: Number(new URL(serving.origin).port) })
