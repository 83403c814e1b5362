import { dialog, type BrowserWindow } from 'electron'

/** So many crashes within this time, and reloading is left to the user. */
const MOST_CRASHES = 3
const WITHIN_MS = 60_000

export interface Recovery {
  /** Tells the user, in the page, that it was reloaded. */
  tell(message: string): void
  quit(): void
}

/**
 * Brings a window back: a page that crashes is loaded again with a word about it, one that hangs if the user wants it. A page
 * that keeps crashing is not loaded in a loop: a dialog asks.
 */
export function recoverWindow(window: BrowserWindow, { tell, quit }: Recovery): void {
  const contents = window.webContents
  let crashes: number[] = []

  contents.on('render-process-gone', (_event, { reason, exitCode }) => {
    if (reason === 'clean-exit' || window.isDestroyed()) return
    console.error(`The window's process stopped: ${reason}, exit code ${exitCode}.`)
    const now = Date.now()
    crashes = [...crashes.filter((time) => now - time < WITHIN_MS), now]
    if (crashes.length > MOST_CRASHES) return void ask(reason)
    contents.once('did-finish-load', () =>
      tell(reason === 'oom' ? 'The window ran out of memory and was reloaded.' : 'The window crashed and was reloaded.'),
    )
    contents.reload()
  })

  const ask = async (reason: string): Promise<void> => {
    const { response } = await dialog.showMessageBox({
      type: 'error',
      message: 'The window of Blindfold keeps crashing.',
      detail: `It crashed ${crashes.length} times within a minute (${reason}). Everything you saved is safe, and jobs continue.`,
      buttons: ['Reload', 'Quit'],
    })
    if (response === 1) return quit()
    crashes = []
    if (!window.isDestroyed()) contents.reload()
  }

  window.on('unresponsive', () => {
    const answered = new AbortController()
    window.once('responsive', () => answered.abort())
    void dialog
      .showMessageBox(window, {
        type: 'warning',
        message: 'The window does not respond.',
        detail: 'You can wait, or reload it. Everything you saved is safe, and jobs continue.',
        buttons: ['Wait', 'Reload'],
        signal: answered.signal,
      })
      .then(({ response }) => {
        // Ended, it is loaded again as after any crash: a page that hangs takes no other notice.
        if (response === 1 && !answered.signal.aborted && !window.isDestroyed()) contents.forcefullyCrashRenderer()
      })
  })
}
