import { BrowserWindow, dialog } from 'electron'
import { APP } from '../src/core/app.ts'
import { TEXT_ORIGIN } from './protocol.ts'
import { TEXTS, type TextName } from './texts.ts'
import type { Updates } from './updates.ts'

/** The About dialog: version, licences, what changed, and whether this build updates itself. */
export async function showAbout(updates: Updates): Promise<void> {
  const buttons = ['Close', 'What Changed', 'Licence', 'Third-Party Licences']
  const { response } = await dialog.showMessageBox({
    type: 'info',
    title: 'About Blindfold',
    message: `${APP.name} ${APP.version}`,
    detail: [
      'Finds preference pairs whose label can be predicted from the text alone, and trains reward models that use the image.',
      '',
      'Licence: Apache-2.0',
      updates.describe(),
      '',
      `Electron ${process.versions.electron}, Chromium ${process.versions.chrome}, Node ${process.versions.node}`,
    ].join('\n'),
    buttons,
    defaultId: 0,
    cancelId: 0,
  })
  const shown = ([null, 'changes', 'licence', 'notices'] as const)[response]
  if (shown) showText(shown)
}

/** A window with one of the app's own texts: no preload, and nothing in it runs. */
export function showText(name: TextName): BrowserWindow {
  const window = new BrowserWindow({
    width: 760,
    height: 640,
    title: TEXTS[name].title,
    autoHideMenuBar: true,
    webPreferences: {
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webviewTag: false,
      javascript: false,
      spellcheck: false,
    },
  })
  window.on('page-title-updated', (event) => event.preventDefault())
  void window.loadURL(`${TEXT_ORIGIN}/${name}`)
  return window
}
