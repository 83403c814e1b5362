import { spawn } from 'node:child_process'
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { randomUUID } from 'node:crypto'

const OPENERS: Partial<Record<NodeJS.Platform, string>> = { darwin: 'open', win32: 'explorer.exe' }

/**
 * A page in the user's own folder, for that user only to read, that leads to `url`. All users see the command lines of all
 * programs, and the address holds the token: so a browser is started with this file instead.
 */
export class EntryPage {
  readonly #file: string

  /** @param folder the user's own data */
  constructor(folder: string, port: string) {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    this.#file = join(folder, `open-${port}.html`)
  }

  /** Leads to `url` from now on. */
  write(url: string): void {
    const written = `${this.#file}.${randomUUID()}`
    const page = `<!doctype html><meta charset="utf-8"><title>Blindfold</title><meta name="referrer" content="no-referrer"><meta http-equiv="refresh" content="0;url=${url}"><a href="${url}">Open Blindfold</a>\n`
    writeFileSync(written, page, { mode: 0o600, flag: 'wx' })
    renameSync(written, this.#file)
  }

  /** Starts the system's browser; `onFailed` is called if there is none. */
  open(onFailed: (file: string) => void): void {
    const opener = spawn(OPENERS[process.platform] ?? 'xdg-open', [this.#file], { stdio: 'ignore', detached: true })
    opener.once('error', () => onFailed(this.#file))
    opener.unref()
  }

  remove(): void {
    rmSync(this.#file, { force: true })
  }
}
