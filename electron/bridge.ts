import { BrowserWindow, dialog, ipcMain, type IpcMainInvokeEvent } from 'electron'
import { z } from 'zod'
import { pickFiles, pickFolder, pickSave } from '../src/contract/shell-input.ts'
import { APP_ORIGIN } from './protocol.ts'

/** Answers the page's requests to the shell. Only the top frame of one of our own pages is heard, and every payload is parsed. */
export function installBridge(connect: (window: BrowserWindow) => void): void {
  handle('shell:connect', z.undefined(), async (window) => connect(window))

  handle('shell:pick-files', pickFiles, async (window, options) => {
    const { filePaths } = await dialog.showOpenDialog(window, {
      title: options.title,
      filters: options.filters,
      properties: options.multiple ? ['openFile', 'multiSelections'] : ['openFile'],
    })
    return filePaths
  })

  handle('shell:pick-folder', pickFolder, async (window, options) => {
    const { filePaths } = await dialog.showOpenDialog(window, { title: options.title, properties: ['openDirectory'] })
    return filePaths[0] ?? null
  })

  handle('shell:pick-save', pickSave, async (window, options) => {
    const { filePath, canceled } = await dialog.showSaveDialog(window, {
      title: options.title,
      defaultPath: options.suggested,
      filters: options.filters,
    })
    return canceled || !filePath ? null : filePath
  })
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
