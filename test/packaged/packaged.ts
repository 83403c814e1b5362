import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, readdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test as base, type Page } from '@playwright/test'
import { path7za } from '7zip-bin'
import { trainerVariables } from '../trainer-python.ts'
import { connect } from './connect.ts'

const dist = join(import.meta.dirname, '../../dist')

/** The app unpacked from its archive, as a user does it: `BLINDFOLD_ARCHIVE`, or the archive for this machine in `dist/`. */
export interface Packaged {
  folder: string
  binary: string
  home: string
  /** Starts it and gives its window. */
  launch(args?: string[], env?: Record<string, string>): Promise<{ page: Page; child: ChildProcess; quit(): Promise<number | null> }>
  /** Starts it with these arguments and this environment alone, and gives what it printed until it ended. */
  run(args: string[], env?: Record<string, string>): Promise<string>
}

export const test = base
  .extend<object, { unpacked: string }>({
    unpacked: [
      async ({}, use) => {
        const folder = await mkdtemp(join(tmpdir(), 'blindfold-packaged-'))
        unpack(archive(), folder)
        await use(folder)
        await rm(folder, { recursive: true, force: true })
      },
      { scope: 'worker' },
    ],
  })
  .extend<{ packaged: Packaged }>({
    packaged: async ({ unpacked }, use) => {
      const home = await mkdtemp(join(tmpdir(), 'blindfold-home-'))
      const binary = join(unpacked, 'blindfold')
      const superuser = process.getuid?.() === 0 ? ['--no-sandbox'] : []
      const base = [...superuser, '--disable-gpu', `--user-data-dir=${join(home, 'window')}`]
      // An Electron with an older Node than the backend needs takes this one.
      const variables = {
        ...(process.env as Record<string, string>),
        BLINDFOLD_HOME: home,
        BLINDFOLD_NODE: process.execPath,
        ...(await trainerVariables()),
      }
      const started: ChildProcess[] = []
      const start = (args: string[], env: Record<string, string> = {}): ChildProcess => {
        const child = spawn(binary, args, { env: { ...variables, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
        started.push(child)
        return child
      }
      await use({
        folder: unpacked,
        binary,
        home,
        launch: async (args = [], env) => {
          const child = start([...base, '--remote-debugging-port=0', ...args], env)
          const browser = await connect(await devtools(child))
          const page = browser.contexts()[0]!.pages()[0] ?? (await browser.contexts()[0]!.waitForEvent('page'))
          return {
            page,
            child,
            quit: async () => {
              const ended = once(child, 'exit')
              await browser.close()
              child.kill('SIGTERM')
              return ((await ended) as [number | null])[0]
            },
          }
        },
        run: async (args, env) => {
          const child = start(args, env)
          let text = ''
          for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (chunk: Buffer) => (text += chunk.toString()))
          const late = setTimeout(() => child.kill('SIGKILL'), 5000)
          await once(child, 'close')
          clearTimeout(late)
          return text
        },
      })
      for (const child of started)
        if (child.exitCode === null && child.signalCode === null) await Promise.all([once(child, 'exit'), child.kill('SIGKILL')])
      await rm(home, { recursive: true, force: true })
    },
  })

function archive(): string {
  const given = process.env['BLINDFOLD_ARCHIVE']
  const found =
    given ??
    readdirSync(dist)
      .filter((name) => /\.(zip|tar\.gz)$/.test(name))
      .map((name) => join(dist, name))[0]
  if (!found || !existsSync(found)) throw new Error('There is no archive: npm run dist -- --linux zip, or set BLINDFOLD_ARCHIVE.')
  return found
}

function unpack(file: string, folder: string): void {
  mkdirSync(folder, { recursive: true })
  if (file.endsWith('.tar.gz')) execFileSync('tar', ['xzf', file, '--strip-components=1', '-C', folder])
  else {
    chmodSync(path7za, 0o755)
    execFileSync(path7za, ['x', '-y', `-o${folder}`, file], { stdio: 'ignore' })
  }
}

function devtools(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    child.stderr!.on('data', (chunk: Buffer) => {
      text += chunk.toString()
      const url = /DevTools listening on (ws:\S+)/.exec(text)?.[1]
      if (url) resolve(url)
    })
    child.once('exit', (code) => reject(new Error(`The app ended with ${code}: ${text}`)))
  })
}
