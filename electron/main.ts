import { join } from 'node:path'
import { app, BrowserWindow, dialog, MessageChannelMain } from 'electron'
import type { ShellCommand } from '../src/protocols/shell.ts'
import { logError } from '../src/core/log.ts'
import { Backend, type Grant } from './backend.ts'
import { installBridge } from './bridge.ts'
import { lockDown } from './lockdown.ts'
import { installMenu } from './menu.ts'
import { projectArgument, projectOf } from './opened.ts'
import { APP_ORIGIN, declareSchemes, serveSchemes } from './protocol.ts'
import { recoverWindow } from './recovery.ts'
import { Updates } from './updates.ts'
import { rememberBounds, windowBounds } from './window-state.ts'

/** The built app: `out/` in the repository, the same folder inside the package. */
const OUT = join(__dirname, '..')
/** Native modules and what loads them are plain files beside the archive. */
const UNPACKED = OUT.replace(/app\.asar(?=[\\/]|$)/, 'app.asar.unpacked')

// As root (containers) Chromium has no sandbox and is started without; asking for one then ends every child process.
if (!app.commandLine.hasSwitch('no-sandbox')) app.enableSandbox()
declareSchemes()

// macOS says which project to open before the app is ready.
let opening: string | null = null
let open = (path: string): void => {
  opening = path
}
app.on('open-file', (event, path) => {
  event.preventDefault()
  const project = projectOf(path, '/')
  if (project) open(project)
})

if (app.requestSingleInstanceLock()) {
  app.whenReady().then(start, (error: unknown) => {
    logError('Blindfold', error)
    app.exit(1)
  })
} else {
  app.quit()
}

function start(): void {
  const developer = !app.isPackaged
  // First of all: it watches every page from its making on.
  lockDown({ developer })
  const granted: Grant[] = []
  let backend = startBackend()
  const updates = new Updates(join(app.getPath('userData'), 'updates.json'))
  let window = openWindow()
  serveSchemes({ assets: join(OUT, 'renderer'), texts: app.isPackaged ? process.resourcesPath : join(OUT, '..') }, () =>
    backend.projectPath(),
  )
  installMenu((command) => perform(command), { developer, updates })
  installBridge((asking) => {
    const { port1, port2 } = new MessageChannelMain()
    backend.connect(port1)
    asking.webContents.postMessage('shell:port', null, [port2])
  }, grant)
  load()
  const project = opening ?? projectArgument(process.argv, process.cwd())
  open = openProject
  if (project) window.webContents.once('did-finish-load', () => openProject(project))
  void updates.start()

  app.on('second-instance', (_event, argv, cwd) => {
    showWindow()
    const path = projectArgument(argv, cwd)
    if (path) openProject(path)
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
  function openProject(path: string): void {
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
      message: 'The backend of Blindfold stopped unexpectedly.',
      detail: `Exit code ${code ?? 'unknown'}. Saved work is safe. You can resume a running import or blind test, and training continues.`,
      buttons: ['Restart', 'Quit'],
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
  recoverWindow(window, {
    tell: (message) => window.webContents.send('shell:command', { id: 'shell.notice', message } satisfies ShellCommand),
    quit: () => app.quit(),
  })
  window.once('ready-to-show', () => {
    if (maximised) window.maximize()
    window.show()
  })
  return window
}
