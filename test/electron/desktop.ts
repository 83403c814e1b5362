import type { ChildProcess } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { _electron, test as base, type ElectronApplication, type Page } from '@playwright/test'
import sharp from 'sharp'
import { installedElectron } from '../../build/electron-binary.ts'
import { portBackend } from '../contract/backends.ts'

const root = join(import.meta.dirname, '../..')

export interface Desktop {
  /** Blindfold's own data, and the window's. */
  home: string
  /** A project with one image in its media folder. */
  project: string
  image: string
  /** Starts the built app with its data in `home`. */
  launch(...args: string[]): Promise<{ app: ElectronApplication; page: Page }>
  /** Starts another app than the built one, likewise. */
  launchApp(root: string, ...args: string[]): Promise<{ app: ElectronApplication; page: Page }>
}

/** Arguments and environment with which the app runs in a test. */
export function launchOptions(
  home: string,
  args: string[],
  app = root,
): { executablePath: string; args: string[]; env: Record<string, string> } {
  const executablePath = installedElectron()
  if (!executablePath) throw new Error('There is no Electron binary: set ELECTRON_OVERRIDE_DIST_PATH.')
  const superuser = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  return {
    executablePath,
    args: [...superuser, '--disable-gpu', `--user-data-dir=${join(home, 'window')}`, app, ...args],
    env: { ...process.env, BLINDFOLD_HOME: home } as Record<string, string>,
  }
}

/** Puts bytes into a project's media folder under their content hash. */
export async function addMedia(project: string, bytes: Buffer): Promise<string> {
  const hash = createHash('sha256').update(bytes).digest('hex')
  await mkdir(join(project, 'media', hash.slice(0, 2)), { recursive: true })
  await writeFile(join(project, 'media', hash.slice(0, 2), hash), bytes)
  return hash
}

export const test = base.extend<{ desktop: Desktop }>({
  // Playwright wants the empty pattern: it reads from it which fixtures are needed.
  desktop: async ({}, use) => {
    const home = await mkdtemp(join(tmpdir(), 'blindfold-desktop-'))
    const backend = await portBackend(home)
    const { client } = await backend.connect()
    const { path: project } = await client.projects.create({ path: join(home, 'pictures') })
    await backend.close()
    const image = await addMedia(
      project,
      await sharp({ create: { width: 7, height: 5, channels: 3, background: 'red' } })
        .png()
        .toBuffer(),
    )

    const running: { app: ElectronApplication; child: ChildProcess }[] = []
    const launchApp: Desktop['launchApp'] = async (folder, ...args) => {
      const app = await _electron.launch(launchOptions(home, args, folder))
      running.push({ app, child: app.process() })
      const page = await app.firstWindow()
      await page.waitForLoadState('load')
      return { app, page }
    }
    await use({ home, project, image, launch: (...args) => launchApp(root, ...args), launchApp })
    for (const { app, child } of running) await ended(app, child)
    await rm(home, { recursive: true, force: true })
  },
})

/** Closes an app; one that does not end by itself is ended. */
async function ended(app: ElectronApplication, child: ChildProcess): Promise<void> {
  const late = setTimeout(() => child.kill('SIGKILL'), 15_000)
  await app.close().catch(() => undefined)
  clearTimeout(late)
}

/** Loads an image in the page: its size, or null where it was not shown. */
export function shownSize(page: Page, url: string): Promise<[number, number] | null> {
  return page.evaluate(
    (src) =>
      new Promise<[number, number] | null>((resolve) => {
        const image = new Image()
        image.onload = () => resolve([image.naturalWidth, image.naturalHeight])
        image.onerror = () => resolve(null)
        image.src = src
      }),
    url,
  )
}

/** The backend's process id, found as the child of the app that runs its entry. */
export function backendPid(appPid: number): number {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  const found = pids.find((pid) => {
    try {
      const parent = Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')[1])
      return parent === appPid && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('utility.js')
    } catch {
      return false
    }
  })
  return Number(found)
}
