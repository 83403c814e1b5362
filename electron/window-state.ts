import { readFileSync, writeFileSync } from 'node:fs'
import { screen, type BrowserWindow, type Rectangle } from 'electron'
import { z } from 'zod'
import { logError } from '../src/core/log.ts'

const stored = z.object({
  x: z.number().int(),
  y: z.number().int(),
  width: z.number().int().min(400),
  height: z.number().int().min(300),
  maximised: z.boolean(),
})
type Stored = z.infer<typeof stored>

const FIRST = { width: 1280, height: 800 }

/** Where the window stood last, where that is still on a screen; else the first size, which the system places. */
export function windowBounds(file: string): Partial<Rectangle> & { maximised: boolean } {
  const last = read(file)
  if (!last) return { ...FIRST, maximised: false }
  const { maximised, ...bounds } = last
  const area = screen.getDisplayMatching(bounds).workArea
  const reachable =
    bounds.x + bounds.width > area.x + 80 &&
    bounds.x < area.x + area.width - 80 &&
    bounds.y >= area.y - 10 &&
    bounds.y < area.y + area.height - 80
  return reachable ? { ...bounds, maximised } : { ...FIRST, maximised }
}

/** Writes the window's place when it closes. */
export function rememberBounds(window: BrowserWindow, file: string): void {
  window.on('close', () => {
    const state: Stored = { ...window.getNormalBounds(), maximised: window.isMaximized() }
    try {
      writeFileSync(file, JSON.stringify(state))
    } catch (error) {
      // A full or read-only disk must not keep the window from closing; it only opens in the middle next time.
      logError('The place of the window could not be stored', error)
    }
  })
}

function read(file: string): Stored | null {
  try {
    return stored.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch {
    return null
  }
}
