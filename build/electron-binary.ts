import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const electron = join(import.meta.dirname, '..', 'node_modules', 'electron')
const NAMES: Partial<Record<NodeJS.Platform, string>> = {
  darwin: 'Electron.app/Contents/MacOS/Electron',
  win32: 'electron.exe',
}

/** Electron's binary where one is on this machine: the folder in `ELECTRON_OVERRIDE_DIST_PATH`, or the one npm's package fetched. */
export function installedElectron(): string | null {
  const name = NAMES[process.platform] ?? 'electron'
  const override = process.env['ELECTRON_OVERRIDE_DIST_PATH']
  if (override) return existing(join(override, name))
  const pathFile = join(electron, 'path.txt')
  return existsSync(pathFile) ? existing(join(electron, 'dist', readFileSync(pathFile, 'utf8'))) : null
}

/**
 * Lets Electron's package download its binary, for npm here runs no install scripts.
 *
 * @returns the binary, or null where it cannot be had within the time
 */
export async function downloadElectron(limitMs: number): Promise<string | null> {
  if (process.env['ELECTRON_OVERRIDE_DIST_PATH'] || !existsSync(join(electron, 'install.js'))) return null
  await new Promise<void>((resolve) => {
    const child = spawn(process.execPath, [join(electron, 'install.js')], { stdio: 'ignore', timeout: limitMs })
    child.once('error', () => resolve())
    child.once('exit', () => resolve())
  })
  return installedElectron()
}

const existing = (path: string): string | null => (existsSync(path) ? path : null)
