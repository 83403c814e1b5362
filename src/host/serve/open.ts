import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { startDetached } from '../../node/child-process.ts'
import { replaceFileSync } from '../../node/replace-file.ts'

// By its whole name on Windows, which would look into the folder that somebody is in first.
const OPENERS: Partial<Record<NodeJS.Platform, string>> = {
  darwin: '/usr/bin/open',
  win32: join(process.env['SystemRoot'] ?? 'C:\\Windows', 'explorer.exe'),
}

/**
 * A page in the user's own folder, for that user only to read, that leads to `url`. All users see the command lines of all
 * programs, and the address holds the token: so a browser is started with this file instead.
 */
export class EntryPage {
  readonly #userDir: string
  readonly #file: string

  /** @param userDir the user's own data */
  constructor(userDir: string, port: string) {
    this.#userDir = userDir
    mkdirSync(userDir, { recursive: true, mode: 0o700 })
    this.#file = join(userDir, `open-${port}.html`)
  }

  /** Leads to `url` from now on. */
  write(url: string): void {
    const page = `<!doctype html><meta charset="utf-8"><title>Blindfold</title><meta name="referrer" content="no-referrer"><meta http-equiv="refresh" content="0;url=${url}"><a href="${url}">Open Blindfold</a>\n`
    replaceFileSync(this.#file, page, { mode: 0o600 })
  }

  /** Starts the system's browser, with all of the user's variables, as the desktop would. `onFailed` is called if there is none. */
  open(onFailed: (file: string) => void): void {
    const command = {
      program: OPENERS[process.platform] ?? 'xdg-open',
      args: [this.#file],
      variables: process.env as Record<string, string>,
    }
    const errors = 2
    startDetached(this.#userDir, command, errors).catch(() => onFailed(this.#file))
  }

  remove(): void {
    rmSync(this.#file, { force: true })
  }
}
