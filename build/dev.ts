import { join, sep } from 'node:path'
import { parseArgs } from 'node:util'
import { places } from '../src/host/compose.ts'
import { projectFolder } from '../src/host/cli/session.ts'
import { Backend } from './dev/backend.ts'
import { servePage } from './dev/page.ts'

// `npm run dev [-- PROJECT] [--port N] [--root DIR]`: interface and backend from their sources, for a browser on this machine.
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { port: { type: 'string', default: '0' }, root: { type: 'string', multiple: true, default: [] } },
})
const sources = join(import.meta.dirname, '../src') + sep
process.env['NODE_COMPILE_CACHE'] ??= join(import.meta.dirname, '../out/compile-cache')

const backend = new Backend(positionals[0] ? projectFolder(positionals[0]) : null, values.root)
backend.restart()
const page = await servePage({
  backend,
  userDir: places().userDir,
  port: Number(values.port),
  onSignedOut: () => {
    console.log('All browsers were signed out. Run npm run dev again for a new address.')
    void stop()
  },
})
page.vite.watcher.add(sources)
page.vite.watcher.on('all', (_, file) => {
  if (file.startsWith(sources) && /(?<![.]test)[.]ts$/.test(file)) backend.restart()
})
console.log(`Blindfold is at ${page.url}`)
console.log('The address contains an access token; keep it private. Press Ctrl+C to stop.')

process.once('SIGINT', () => void stop())
process.once('SIGTERM', () => void stop())

async function stop(): Promise<void> {
  await page.close()
  await backend.stop()
  process.exit()
}
