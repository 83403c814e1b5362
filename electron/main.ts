import { join, resolve } from 'node:path'
import { app, BrowserWindow, dialog, MessageChannelMain } from 'electron'
import type { ShellCommand } from '../src/contract/shell.ts'
import { Backend, type Grant } from './backend.ts'
import { installBridge } from './bridge.ts'
import { lockDown } from './lockdown.ts'
import { installMenu } from './menu.ts'
import { APP_ORIGIN, declareSchemes, serveSchemes } from './protocol.ts'
import { rememberBounds, windowBounds } from './window-state.ts'

/** The built app: `out/` in the repository, the same folder inside the package. */
const OUT = join(__dirname, '..')
/** Native modules and what loads them are plain files beside the archive. */
const UNPACKED = OUT.replace(/app\.asar(?=[\\/]|$)/, 'app.asar.unpacked')

// As root (containers) Chromium has no sandbox and is started without; asking for one then ends every child process.
if (!app.commandLine.hasSwitch('no-sandbox')) app.enableSandbox()
declareSchemes()

if (app.requestSingleInstanceLock()) {
  app.whenReady().then(start, (error: unknown) => {
    console.error(error)
    app.exit(1)
  })
} else {
  app.quit()
}

/** A project folder among the arguments the app was started with, if there is one. */
function projectArgument(argv: readonly string[], cwd: string): string | null {
  const path = argv.slice(1).find((argument) => /\.blindfold[\\/]?$/.test(argument))
  return path ? resolve(cwd, path) : null
}

function start(): void {
  const developer = !app.isPackaged
  // First of all: it watches every page from its making on.
  lockDown({ developer })
  const granted: Grant[] = []
  let backend = startBackend()
  let window = openWindow()
  serveSchemes(join(OUT, 'renderer'), () => backend.projectPath())
  installMenu((command) => perform(command), { developer })
  installBridge((asking) => {
    const { port1, port2 } = new MessageChannelMain()
    backend.connect(port1)
    asking.webContents.postMessage('shell:port', null, [port2])
  }, grant)
  load()
  const project = projectArgument(process.argv, process.cwd())
  if (project) window.webContents.once('did-finish-load', () => open(project))

  app.on('second-instance', (_event, argv, cwd) => {
    showWindow()
    const path = projectArgument(argv, cwd)
    if (path) open(path)
  })
  app.on('open-file', (event, path) => {
    event.preventDefault()
    open(path)
  })
  app.on('activate', () => showWindow())
  app.on('window-all-closed', () => {
    if (process.platform !== 'darwin') app.quit()
  })
  let closed = false
  app.on('before-quit', (event) => {
    if (closed) return
    event.preventDefault()
    void backend.close().then(() => {
      closed = true
      app.quit()
    })
  })

  function perform(command: ShellCommand): void {
    showWindow()
    window.webContents.send('shell:command', command)
  }

  /** Lets pages name a path that the user chose, also with a backend that is started later. */
  function grant(given: Grant): Promise<void> {
    granted.push(given)
    return backend.grant(given)
  }

  /** Opens a project that the user named to the system. */
  function open(path: string): void {
    void grant({ path, access: 'write' }).then(() => perform({ id: 'project.openPath', path }))
  }

  function showWindow(): void {
    if (window.isDestroyed()) {
      window = openWindow()
      load()
    }
    if (window.isMinimized()) window.restore()
    window.focus()
  }

  function load(): void {
    void window.loadURL(`${APP_ORIGIN}/`)
  }

  function startBackend(): Backend {
    return new Backend(
      {
        entry: join(UNPACKED, 'host', 'utility.js'),
        root: join(OUT, '..'),
        env: app.isPackaged ? { BLINDFOLD_TRAINER: join(process.resourcesPath, 'trainer') } : {},
      },
      granted,
      (code) => void backendLost(code),
    )
  }

  async function backendLost(code: number | null): Promise<void> {
    const { response } = await dialog.showMessageBox({
      type: 'error',
      message: 'The part of Blindfold that works on the project has ended unexpectedly.',
      detail: `Exit code ${code ?? 'unknown'}. What was committed is safe; a running import or scan can be resumed, and training goes on.`,
      buttons: ['Start it again', 'Quit'],
    })
    if (response === 1) return app.exit(1)
    backend = startBackend()
    if (!window.isDestroyed()) window.webContents.reload()
  }
}

function openWindow(): BrowserWindow {
  const stateFile = join(app.getPath('userData'), 'window.json')
  const { maximised, ...bounds } = windowBounds(stateFile)
  const window = new BrowserWindow({
    ...bounds,
    minWidth: 900,
    minHeight: 600,
    show: false,
    title: 'Blindfold',
    webPreferences: {
      preload: join(OUT, 'electron', 'preload.cjs'),
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webviewTag: false,
      spellcheck: false,
    },
  })
  rememberBounds(window, stateFile)
  window.once('ready-to-show', () => {
    if (maximised) window.maximize()
    window.show()
  })
  return window
}
