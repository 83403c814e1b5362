import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { build } from './bundle.ts'
import { downloadElectron, installedElectron } from './electron-binary.ts'

// `npm start [-- PROJECT]`: builds, then opens the desktop app; where there is no Electron or no screen, a browser instead.
const root = join(import.meta.dirname, '..')
const DOWNLOAD_LIMIT_MS = 180_000

await build()
const electron = installedElectron() ?? (hasScreen() ? await downloadElectron(DOWNLOAD_LIMIT_MS) : null)
process.exitCode =
  electron && hasScreen() ? await openApp(electron) : await openBrowser(hasScreen() ? 'Electron is not installed' : 'No display was found')

function hasScreen(): boolean {
  return process.platform !== 'linux' || Boolean(process.env['DISPLAY'] || process.env['WAYLAND_DISPLAY'])
}

/** Ends with the app; gives its exit code. */
function openApp(binary: string): Promise<number> {
  // Chromium has no sandbox for the superuser.
  const flags = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  const child = spawn(binary, [...flags, root, ...process.argv.slice(2)], { stdio: 'inherit' })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => resolve(code ?? 1))
  })
}

/** Serves the same interface and opens the system's browser on it; ends with the server. */
function openBrowser(why: string): Promise<number> {
  const project = process.argv[2]
  console.log(`${why}: Blindfold opens in the browser.`)
  const child = spawn(process.execPath, [join(root, 'out/host/cli.js'), 'serve', '--open', ...(project ? ['--project', project] : [])], {
    stdio: 'inherit',
  })
  // Ctrl-C reaches the server too: it ends in good order, and this with it.
  process.on('SIGINT', () => undefined)
  process.on('SIGTERM', () => child.kill())
  return new Promise((resolve) => child.once('exit', (code) => resolve(code ?? 1)))
}
