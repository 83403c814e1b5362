import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { app, dialog } from 'electron'
import { autoUpdater, type UpdateInfo } from 'electron-updater'
import { z } from 'zod'

/** Never asks the server; asks it at start and asks you before anything is downloaded; downloads by itself and installs when you quit. */
export const UPDATE_MODES = { off: 'Never', ask: 'Ask Before Downloading', auto: 'Automatically' } as const
export type UpdateMode = keyof typeof UPDATE_MODES
const stored = z.object({ mode: z.enum(['off', 'ask', 'auto']) })

/** New versions of the app. The setting is the shell's own: no page reads or changes it. */
export class Updates {
  readonly #file: string
  readonly #obstacle: string | null
  #asking = false

  constructor(file: string) {
    this.#file = file
    this.#obstacle = obstacle()
    // Only a build that updates itself has what the updater asks of it when it is first touched.
    if (this.#obstacle !== null) return
    autoUpdater.autoDownload = false
    autoUpdater.autoInstallOnAppQuit = false
    autoUpdater.allowDowngrade = false
    autoUpdater.logger = null
    autoUpdater.on('error', (error) => console.error(`Updates: ${error.message}`))
    autoUpdater.on('update-downloaded', (info) => void this.#downloaded(info))
  }

  get mode(): UpdateMode {
    try {
      return stored.parse(JSON.parse(readFileSync(this.#file, 'utf8'))).mode
    } catch {
      return 'ask'
    }
  }

  set mode(mode: UpdateMode) {
    writeFileSync(this.#file, JSON.stringify({ mode }))
  }

  /** Whether and how this build updates itself, for people. */
  describe(): string {
    return this.#obstacle ?? `Updates: ${UPDATE_MODES[this.mode].toLowerCase()}. Change this in Help > Updates.`
  }

  /** What the setting says, when the app has started. */
  async start(): Promise<void> {
    if (this.mode !== 'off') await this.#check(false)
  }

  /** The user asked: says also that there is nothing new, or why nothing can be found out. */
  async checkNow(): Promise<void> {
    await this.#check(true)
  }

  async #check(told: boolean): Promise<void> {
    if (this.#obstacle) return told ? say(this.#obstacle) : undefined
    if (this.#asking) return
    this.#asking = true
    try {
      const found = await autoUpdater.checkForUpdates()
      if (found && found.updateInfo.version !== app.getVersion() && found.isUpdateAvailable) await this.#offer(found.updateInfo)
      else if (told) await say(`Blindfold ${app.getVersion()} is the newest version.`)
    } catch (error) {
      if (told) await say(`The update server cannot be reached: ${(error as Error).message.split('\n')[0]}`)
    } finally {
      this.#asking = false
    }
  }

  async #offer({ version }: UpdateInfo): Promise<void> {
    if (this.mode !== 'auto') {
      const { response } = await dialog.showMessageBox({
        type: 'question',
        message: `Blindfold ${version} is available.`,
        detail: `You have ${app.getVersion()}. Nothing is downloaded until you confirm.`,
        buttons: ['Download', 'Not Now'],
        cancelId: 1,
      })
      if (response !== 0) return
    }
    autoUpdater.autoInstallOnAppQuit = true
    await autoUpdater.downloadUpdate()
  }

  async #downloaded({ version }: UpdateInfo): Promise<void> {
    if (this.mode === 'auto') return
    await say(`Blindfold ${version} is downloaded and will be installed when you quit.`)
  }
}

async function say(message: string): Promise<void> {
  await dialog.showMessageBox({ type: 'info', message, buttons: ['OK'] })
}

/** Why this build cannot update itself; null if it can. */
function obstacle(): string | null {
  const again = 'Download new versions manually.'
  if (!app.isPackaged) return `This copy of Blindfold runs from its source and does not update itself. ${again}`
  if (!existsSync(join(process.resourcesPath, 'app-update.yml')))
    return `This build has no update server and does not update itself. ${again}`
  if (process.platform === 'linux' && !process.env['APPIMAGE']) {
    return `Only the AppImage updates itself: an unpacked archive and a Debian package do not. ${again}`
  }
  if (process.platform === 'win32' && !existsSync(join(dirname(process.execPath), 'Uninstall Blindfold.exe'))) {
    return `Only the installed app updates itself: an unpacked archive does not. ${again}`
  }
  return null
}
