import type { PickFiles, PickFolder, PickSave } from './shell-input.ts'

/**
 * What the desktop shell lends the interface as `window.blindfold`. In a browser it is absent: there the interface
 * connects by WebSocket and shows its own folder dialog over `projects.browse`.
 *
 * Every path that it gives the page is one that the user chose; the backend takes these and no others from a page.
 */
export interface Shell {
  readonly platform: 'linux' | 'darwin' | 'win32'
  /** Native dialog for existing files. Absolute paths; empty where the user cancelled. */
  pickFiles(options?: PickFiles): Promise<string[]>
  /** Native dialog for an existing folder (an images folder, a `.blindfold` project). Null where cancelled. */
  pickFolder(options?: PickFolder): Promise<string | null>
  /** Native dialog for a path to write to (an export, a new project). Null where cancelled. */
  pickSave(options?: PickSave): Promise<string | null>
  /** Native question whether the user trusts the project in a folder. Null if cancelled; only after `trust` may the page trust it. */
  confirmTrust(path: string): Promise<'trust' | 'read' | null>
  /** Calls back for each menu entry the user chose, by the id of the interface's command. Returns the unsubscriber. */
  onCommand(callback: (command: ShellCommand) => void): () => void
  /** Where a file or folder that was dropped onto the window lies; empty where it lies nowhere (made by a page). */
  pathFor(file: File): Promise<string>
  /**
   * Asks for a fresh port to the backend. A port cannot be a result here (the context bridge clones), so it arrives as a
   * `message` event on `window` whose data is `PORT_MESSAGE`: listen first, then call, then take `event.ports[0]` and
   * start it. Accept the event only where `event.source === window`. When the backend ends, the port closes: connect again.
   */
  connect(): Promise<void>
}

/** `event.data` of the window message that carries the port. */
export const PORT_MESSAGE = 'blindfold:port'

/** One entry of the native menu. `id` is the interface's command; the accelerator is in Electron's notation. */
export interface MenuCommand {
  id: string
  label: string
  menu: 'File' | 'Project' | 'Go' | 'Review' | 'Help'
  accelerator?: string
}

/**
 * Commands of the interface that the native menu offers too. Only those that hold for the whole window: single-letter
 * keys (keep, flip, next) belong to the page, for a menu accelerator would swallow them while the user types.
 */
export const MENU_COMMANDS = [
  { id: 'project.new', label: 'New Project…', menu: 'File', accelerator: 'CmdOrCtrl+N' },
  { id: 'project.open', label: 'Open Project…', menu: 'File', accelerator: 'CmdOrCtrl+O' },
  { id: 'project.close', label: 'Close Project', menu: 'File' },
  { id: 'import.open', label: 'Import…', menu: 'Project', accelerator: 'CmdOrCtrl+I' },
  { id: 'scan.start', label: 'Run Blind Test…', menu: 'Project', accelerator: 'CmdOrCtrl+Shift+B' },
  { id: 'training.open', label: 'Train…', menu: 'Project', accelerator: 'CmdOrCtrl+T' },
  { id: 'export.open', label: 'Export…', menu: 'Project', accelerator: 'CmdOrCtrl+E' },
  { id: 'go.overview', label: 'Overview', menu: 'Go', accelerator: 'CmdOrCtrl+1' },
  { id: 'go.pairs', label: 'Pairs', menu: 'Go', accelerator: 'CmdOrCtrl+2' },
  { id: 'go.training', label: 'Training', menu: 'Go', accelerator: 'CmdOrCtrl+3' },
  { id: 'go.evaluation', label: 'Evaluation', menu: 'Go', accelerator: 'CmdOrCtrl+4' },
  { id: 'go.models', label: 'Models', menu: 'Go', accelerator: 'CmdOrCtrl+5' },
  { id: 'go.data', label: 'Data', menu: 'Go', accelerator: 'CmdOrCtrl+6' },
  { id: 'go.jobs', label: 'Jobs', menu: 'Go', accelerator: 'CmdOrCtrl+7' },
  { id: 'review.undo', label: 'Undo Label', menu: 'Review' },
  { id: 'review.redo', label: 'Redo Label', menu: 'Review' },
  { id: 'palette.open', label: 'Command Palette…', menu: 'Help', accelerator: 'CmdOrCtrl+K' },
  { id: 'keys.show', label: 'Keyboard Shortcuts', menu: 'Help' },
] as const satisfies readonly MenuCommand[]

export type MenuCommandId = (typeof MENU_COMMANDS)[number]['id']

/** A menu entry that was chosen, a project folder the system asked the app to open, or something to tell the user. */
export type ShellCommand = { id: MenuCommandId } | { id: 'project.openPath'; path: string } | { id: 'shell.notice'; message: string }

declare global {
  interface Window {
    readonly blindfold?: Shell
  }
}
