import { BrowserWindow, dialog, ipcMain, type IpcMainInvokeEvent } from 'electron'
import { z } from 'zod'
import { confirmTrust, dropped, pickFiles, pickFolder, pickSave } from '../src/protocols/shell-input.ts'
import { inertLine } from '../src/core/inert.ts'
import { TRUST } from '../src/core/trust-words.ts'
import type { Grant } from './backend.ts'
import { APP_ORIGIN } from './protocol.ts'

/**
 * Answers the page's requests to the shell. Only the top frame of one of our own pages is heard, and every payload is parsed.
 *
 * @param grant lets pages name what the user chose; a dialog answers only once that holds
 */
export function installBridge(connect: (window: BrowserWindow) => void, grant: (grant: Grant) => Promise<void>): void {
  handle('shell:connect', z.undefined(), async (window) => connect(window))

  handle('shell:pick-files', pickFiles, async (window, options) => {
    const { filePaths } = await dialog.showOpenDialog(window, {
      title: options.title,
      filters: options.filters,
      properties: options.multiple ? ['openFile', 'multiSelections'] : ['openFile'],
    })
    for (const path of filePaths) await grant({ path, access: 'read' })
    return filePaths
  })

  handle('shell:pick-folder', pickFolder, async (window, options) => {
    const { title, purpose } = options
    const { filePaths } = await dialog.showOpenDialog(window, {
      title,
      // The page writes the title; what it may do with the folder is said by the shell.
      ...(purpose === 'write' ? { buttonLabel: 'Save in this folder' } : {}),
      properties: purpose === 'write' ? ['openDirectory', 'createDirectory'] : ['openDirectory'],
    })
    const [path] = filePaths
    if (path === undefined) return null
    await grant({ path, access: purpose })
    return path
  })

  handle('shell:pick-save', pickSave, async (window, options) => {
    const { filePath, canceled } = await dialog.showSaveDialog(window, {
      title: options.title,
      defaultPath: options.suggested,
      filters: options.filters,
      properties: ['showOverwriteConfirmation'],
    })
    if (canceled || !filePath) return null
    await grant({ path: filePath, access: 'write' })
    return filePath
  })

  handle('shell:confirm-trust', confirmTrust, async (window, path) => {
    const { response } = await dialog.showMessageBox(window, {
      type: 'question',
      title: 'Open project',
      message: TRUST.question,
      detail: [inertLine(path), TRUST.reason, TRUST.readOnly, TRUST.trusted].join('\n\n'),
      buttons: [TRUST.openReadOnly, TRUST.trustAndOpen, 'Cancel'],
      defaultId: 0,
      cancelId: 2,
      noLink: true,
    })
    if (response === 1) await grant({ path, access: 'trust' })
    return response === 1 ? 'trust' : response === 0 ? 'read' : null
  })

  handle('shell:dropped', dropped, async (_window, path) => grant({ path, access: 'read' }))
}

function handle<Schema extends z.ZodType>(
  channel: string,
  schema: Schema,
  answer: (window: BrowserWindow, payload: z.infer<Schema>) => Promise<unknown>,
): void {
  ipcMain.handle(channel, async (event, payload: unknown) => answer(senderWindow(event), schema.parse(payload)))
}

function senderWindow(event: IpcMainInvokeEvent): BrowserWindow {
  const window = BrowserWindow.fromWebContents(event.sender)
  const frame = event.senderFrame
  if (!window || !frame || frame !== event.sender.mainFrame || !frame.url.startsWith(`${APP_ORIGIN}/`)) {
    throw new Error('Only the app’s own page may ask this.')
  }
  return window
}
